// Somebody drawn instead of the browser's test card, for the picture of the README: `window.sitter` says who. They sit
// still, so that the picture of them is sharp and small.
const SITTERS = {
  doctor: { wall: "#d3e2de", skin: "#f0c3a2", shade: "#dba583", hair: "#5b3a29", coat: "#ffffff", shirt: "#0e5464" },
  patient: { wall: "#eed9b8", skin: "#efc0a0", shade: "#d89f7d", hair: "#d9d6d0", coat: "#3f5d7d", shirt: "#f4efe6" },
};
const WIDTH = 1280;
const HEIGHT = 720;

function shape(c, colour, path) {
  c.fillStyle = colour;
  c.fill(new Path2D(path));
}

function line(c, colour, width, path) {
  Object.assign(c, { strokeStyle: colour, lineWidth: width, lineCap: "round" });
  c.stroke(new Path2D(path));
}

function round(c, colour, x, y, rx, ry) {
  c.fillStyle = colour;
  c.beginPath();
  c.ellipse(x, y, rx, ry, 0, 0, 2 * Math.PI);
  c.fill();
}

function room(c, who, wall) {
  c.fillStyle = wall;
  c.fillRect(0, 0, WIDTH, HEIGHT);
  if (who === "doctor") {
    shape(c, "#9fb9b3", "M80 300h330v14H80zM80 470h330v14H80z");
    for (const [x, height, colour] of [[100, 110, "#c8664a"], [136, 130, "#0e5464"], [176, 96, "#e0a458"], [212, 124, "#5d7f79"]]) {
      shape(c, colour, `M${x} ${300 - height}h30v${height}h-30z`);
    }
    round(c, "#6d9b7d", 350, 420, 44, 50);
    shape(c, "#c8664a", "M312 430h76l-10 40h-56z");
    return;
  }
  shape(c, "#fbf6ec", "M860 60h330v330H860z");
  shape(c, "#a9cfdd", "M880 80h290v290H880z");
  shape(c, "#8bb27f", "M880 300q80-70 150-20t140-30v120H880z");
  shape(c, "#fbf6ec", "M1018 80h14v290h-14zM880 218h290v12H880z");
  shape(c, "#b2563f", "M70 470q0-60 60-60h240v310H70z");
}

function body(c, who, look) {
  shape(c, look.coat, "M300 720q10-190 190-226h300q180 36 190 226z");
  shape(c, look.shirt, "M560 490l80 150 80-150z");
  shape(c, look.shade, "M572 420h136v90q-68 60-136 0z");
  if (who === "doctor") {
    line(c, "#c9d3d1", 6, "M556 494l84 160 84-160");
    line(c, "#2b3a3f", 10, "M548 500q-30 90 10 150M732 500q34 80-6 130");
    round(c, "#2b3a3f", 724, 640, 20, 20);
  }
}

function head(c, who, look) {
  if (who === "doctor") {
    round(c, look.hair, 640, 250, 168, 178);
    round(c, look.hair, 640, 72, 62, 54);
  } else {
    round(c, look.hair, 640, 266, 164, 140);
  }
  round(c, look.skin, 492, 310, 26, 38);
  round(c, look.skin, 788, 310, 26, 38);
  round(c, look.skin, 640, 300, 146, 176);
  if (who === "doctor") shape(c, look.hair, "M488 300q-4-196 152-196t152 196q-34-106-146-126-64 106-158 126z");
  else shape(c, look.hair, "M496 262q6-76 56-104-20 50-30 104zM784 262q-6-76-56-104 20 50 30 104z");
  for (const x of [582, 698]) {
    round(c, "#33302e", x, 296, 12, 15);
    line(c, who === "doctor" ? look.hair : "#b5b0a8", 9, `M${x - 28} 254q28-18 56 0`);
    if (who === "patient") {
      c.beginPath();
      c.arc(x, 298, 44, 0, 2 * Math.PI);
      Object.assign(c, { strokeStyle: "#4a4440", lineWidth: 6 });
      c.stroke();
    }
  }
  if (who === "patient") line(c, "#4a4440", 6, "M626 292q14-8 28 0");
  line(c, look.shade, 9, "M642 310q20 44-8 52");
  round(c, "rgb(214 110 90 / 22%)", 552, 366, 34, 22);
  round(c, "rgb(214 110 90 / 22%)", 728, 366, 34, 22);
  shape(c, "#a8483c", "M588 396q52 20 104 0-10 48-52 48t-52-48z");
  shape(c, "#fff8f2", "M598 402q42 12 84 0-4 14-42 14t-42-14z");
}

function drawn(who) {
  const canvas = Object.assign(document.createElement("canvas"), { width: WIDTH, height: HEIGHT });
  const c = canvas.getContext("2d");
  const look = SITTERS[who];
  const draw = () => {
    room(c, who, look.wall);
    c.save();
    c.translate(0, 30);
    body(c, who, look);
    head(c, who, look);
    c.restore();
    requestAnimationFrame(draw);
  };
  draw();
  return canvas.captureStream(25).getVideoTracks()[0];
}

const ask = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
if (ask) {
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const stream = await ask(wanted);
    for (const track of stream.getVideoTracks()) {
      stream.removeTrack(track);
      stream.addTrack(drawn(window.sitter));
    }
    return stream;
  };
}
