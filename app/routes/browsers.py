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
    """`words` names it for support ("Chrome, Android"); `embedded` is a window inside another app, with no camera."""

    family: Family
    words: str
    embedded: bool

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
    is_ios = re.search(r"iPhone|iPad|iPod", user_agent) is not None
    embedded = _EMBEDDED.search(user_agent) is not None or (is_ios and "Safari/" not in user_agent)
    if is_ios:
        return Browser("ios-safari" if name == "Safari" else "ios-other", f"{name}, iPhone/iPad", embedded)
    if "Android" in user_agent:
        family: Family = "android-chrome"
        if name == "Samsung Internet":
            family = "android-samsung"
        elif name == "Firefox":
            family = "android-firefox"
        return Browser(family, f"{name}, Android", embedded)
    is_mac = "Macintosh" in user_agent
    return Browser("mac-safari" if is_mac and name == "Safari" else "desk", f"{name}, computer", embedded)
