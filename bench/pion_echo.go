// Pion as something to compare with: POST / takes an offer and answers it; every packet goes back to whom it came from.
// ICE-lite on one UDP port of the loopback, no RTCP of its own. Built and run by pion.py with Debian's packages.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"

	"github.com/pion/interceptor"
	"github.com/pion/webrtc"
)

var codecs = map[webrtc.RTPCodecType]webrtc.RTPCodecParameters{
	webrtc.RTPCodecTypeAudio: {
		RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2},
		PayloadType:        111,
	},
	webrtc.RTPCodecTypeVideo: {
		RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000},
		PayloadType:        96,
	},
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func newAPI() *webrtc.API {
	socket, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	check(err)
	for _, set := range []func(int) error{socket.SetReadBuffer, socket.SetWriteBuffer} {
		check(set(4 << 20))
	}
	settings := webrtc.SettingEngine{}
	settings.SetLite(true)
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetIPFilter(func(ip net.IP) bool { return ip.IsLoopback() })
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	settings.SetICEUDPMux(webrtc.NewICEUDPMux(nil, socket))
	engine := &webrtc.MediaEngine{}
	for kind, codec := range codecs {
		check(engine.RegisterCodec(codec, kind))
	}
	return webrtc.NewAPI(
		webrtc.WithSettingEngine(settings), webrtc.WithMediaEngine(engine),
		webrtc.WithInterceptorRegistry(&interceptor.Registry{}),
	)
}

func answer(api *webrtc.API, offer string) string {
	connection, err := api.NewPeerConnection(webrtc.Configuration{})
	check(err)
	back := map[webrtc.RTPCodecType]*webrtc.TrackLocalStaticRTP{}
	for kind, codec := range codecs {
		track, err := webrtc.NewTrackLocalStaticRTP(codec.RTPCodecCapability, kind.String(), "echo")
		check(err)
		sender, err := connection.AddTrack(track)
		check(err)
		back[kind] = track
		go drain(sender)
	}
	connection.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		buffer := make([]byte, 1500)
		for {
			size, _, err := track.Read(buffer)
			if err != nil {
				return
			}
			if _, err = back[track.Kind()].Write(buffer[:size]); err != nil {
				return
			}
		}
	})
	check(connection.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer}))
	gathered := webrtc.GatheringCompletePromise(connection)
	local, err := connection.CreateAnswer(nil)
	check(err)
	check(connection.SetLocalDescription(local))
	<-gathered
	return connection.LocalDescription().SDP
}

func drain(sender *webrtc.RTPSender) {
	buffer := make([]byte, 1500)
	for {
		if _, _, err := sender.Read(buffer); err != nil {
			return
		}
	}
}

func main() {
	api := newAPI()
	http.HandleFunc("/ready", func(http.ResponseWriter, *http.Request) {})
	http.HandleFunc("/", func(out http.ResponseWriter, request *http.Request) {
		offer, err := io.ReadAll(request.Body)
		check(err)
		fmt.Fprint(out, answer(api, string(offer)))
	})
	check(http.ListenAndServe(os.Args[1], nil))
}
