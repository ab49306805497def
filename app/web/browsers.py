"""Which browser a patient holds, as far as the way out of trouble differs; guessed from what it says of itself.

Only used to choose words and pictures: nothing is refused because of it.
"""

import re
from dataclasses import dataclass
from typing import Literal

Family = Literal[
    "ios-safari", "ios-other", "android-chrome", "android-samsung", "android-firefox", "mac-safari", "desk"
]

_EMBEDDED = re.compile(r"FBAN|FBAV|FB_IAB|Instagram|Snapchat|LinkedInApp|Twitter|Line/|TikTok|musical_ly|GSA/|; wv\)")
_NAMES = (
    ("EdgA?|EdgiOS", "Edge"),
    ("SamsungBrowser", "Samsung Internet"),
    ("FxiOS|Firefox", "Firefox"),
    ("CriOS|Chrome|Chromium", "Chrome"),
    ("Safari", "Safari"),
)


@dataclass(frozen=True, slots=True)
class Browser:
    """`words` names it for support ("Chrome, Android"); `embedded` is a window inside another app, with no camera.

    `nameless` is an Apple window that names no browser: our own page on the home screen, with a camera, or a window
    inside another app. And `mac-safari` may be an iPad. Only a script can tell (static/js/ui/this-device.js).
    """

    family: Family
    words: str
    embedded: bool
    nameless: bool = False

    @property
    def is_ios(self) -> bool:
        """Whether it is an iPhone or iPad."""
        return self.family.startswith("ios")

    @property
    def is_android(self) -> bool:
        """Whether it is an Android phone or tablet."""
        return self.family.startswith("android")


def browser_of(user_agent: str) -> Browser:
    """The browser behind this User-Agent header."""
    name = next((name for pattern, name in _NAMES if re.search(pattern, user_agent)), "?")
    embedded = _EMBEDDED.search(user_agent) is not None
    nameless = name == "?" and not embedded
    if re.search(r"iPhone|iPad|iPod|CriOS|FxiOS|EdgiOS", user_agent):
        return Browser("ios-safari" if name == "Safari" else "ios-other", f"{name}, iPhone/iPad", embedded, nameless)
    if "Android" in user_agent:
        family: Family = "android-chrome"
        if name == "Samsung Internet":
            family = "android-samsung"
        elif name == "Firefox":
            family = "android-firefox"
        return Browser(family, f"{name}, Android", embedded)
    if "Macintosh" in user_agent and name in ("Safari", "?"):
        return Browser("mac-safari", f"{name}, computer", embedded, nameless)
    return Browser("desk", f"{name}, computer", embedded)
