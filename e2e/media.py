"""What really came through a call: frames the browser decoded and showed, and sound it played, by its own counters."""

from dataclasses import dataclass

from playwright.sync_api import Page

_WATCH = """async ({ rate, span, patience, quiet }) => {
  let shown = 0;
  const picture = document.querySelector(".call-remote");
  const show = () => ((shown += 1), picture.requestVideoFrameCallback(show));
  picture.requestVideoFrameCallback(show);

  const count = async () => {
    const pc = document.querySelector("call-stage").session?.connection.peerConnection;
    const now = { at: 0, frames: 0, energy: 0, seconds: 0, shown };
    for (const entry of (await pc?.getStats())?.values() ?? []) {
      if (entry.type !== "inbound-rtp") continue;
      now.at = Math.max(now.at, entry.timestamp);
      now.frames += entry.framesDecoded ?? 0;
      now.energy += entry.totalAudioEnergy ?? 0;
      now.seconds += entry.totalSamplesDuration ?? 0;
    }
    return now;
  };

  const between = (then, now) => {
    const sound = (now.energy - then.energy) / Math.max(0.001, now.seconds - then.seconds);
    return {
      rate: ((now.frames - then.frames) / (now.at - then.at)) * 1000,
      loudness: Math.sqrt(Math.max(0, sound)),
      shown: now.shown - then.shown,
    };
  };

  const seen = [];
  let best = { rate: 0, loudness: quiet ? 1 : 0, shown: 0 };
  for (const until = performance.now() + patience; performance.now() < until; ) {
    const now = await count();
    const then = seen.findLast((each) => now.at - each.at >= span);
    seen.push(now);
    if (then) {
      const found = between(then, now);
      if (quiet || found.rate > best.rate || found.rate >= rate) best = found;
      const flows = best.rate >= rate && best.loudness > 0 && best.shown > 0;
      if (quiet ? best.loudness < 0.001 && best.shown === 0 : flows) break;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return best;
}"""

SMOOTH = 25
"""Frames a second below which a face stutters; the Done-when of the call."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What came through in a span: frames decoded a second, loudness (root mean square, 0–1), frames put on screen."""

    rate: float
    loudness: float
    shown: int


def received(page: Page, rate: float = SMOOTH, span_s: float = 3, *, quiet: bool = False) -> Seen:
    """Watch until a span of this length is smooth and audible, by the browser's clock; else the best in 30 s.

    When it should be `quiet`: until a span is silent and dark; else the last.
    """
    _begin_to_watch(page, rate, span_s, quiet=quiet)
    return _what_was_seen(page)


def _begin_to_watch(page: Page, rate: float, span_s: float = 3, *, quiet: bool = False) -> None:
    asked = {"rate": rate, "span": span_s * 1000, "patience": 30_000, "quiet": quiet}
    page.evaluate(f"(asked) => void (window.watching = ({_WATCH})(asked))", asked)


def _what_was_seen(page: Page) -> Seen:
    return Seen(**page.evaluate("() => window.watching"))


def is_silent_and_dark(page: Page) -> None:
    """This page gets nobody's sound and picture."""
    seen = received(page, quiet=True)
    assert seen.loudness < 0.001, f"there is sound ({seen.loudness:.5f}) on {page.url}"
    assert seen.shown == 0, f"there is a picture on {page.url}"


def sees_and_hears(*pages: Page, rate: float = SMOOTH) -> None:
    """Each of these pages gets the other's picture, smoothly, and sound; all are watched at once."""
    for page in pages:
        _begin_to_watch(page, rate)
    for page in pages:
        seen = _what_was_seen(page)
        assert seen.rate >= rate, f"only {seen.rate:.1f} frames a second on {page.url}"
        assert seen.shown > 0, f"no frame reached the screen on {page.url}"
        assert seen.loudness > 0.001, f"silence ({seen.loudness:.5f}) on {page.url}"
