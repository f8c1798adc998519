"""The fonts of the sample library: where Debian keeps them and which package brings them.

Only fonts with TrueType outlines are named here, because ReportLab embeds no others. Their
licences (IPA Font License, SIL OFL or GPL with the font exception, Apache 2.0 or GPL with the
font exception) allow embedding in documents.
"""

from dataclasses import dataclass
from pathlib import Path

_DEBIAN = Path("/usr/share/fonts")


@dataclass(frozen=True)
class Font:
    """One font file; `index` picks a face out of a collection (.ttc)."""

    name: str
    path: Path
    debian_package: str
    index: int = 0


@dataclass(frozen=True)
class Faces:
    """The faces that a language is set in, and the sizes in points that suit its script."""

    body: Font
    heading: Font
    table: Font
    size: float
    leading: float


MINCHO = Font(
    "IPAexMincho",
    _DEBIAN / "opentype/ipaexfont-mincho/ipaexm.ttf",
    "fonts-ipaexfont-mincho",
)
GOTHIC = Font(
    "IPAexGothic",
    _DEBIAN / "opentype/ipaexfont-gothic/ipaexg.ttf",
    "fonts-ipaexfont-gothic",
)
MICRO_HEI = Font(
    "WenQuanYiMicroHei",
    _DEBIAN / "truetype/wqy/wqy-microhei.ttc",
    "fonts-wqy-microhei",
)
SERIF = Font(
    "LiberationSerif",
    _DEBIAN / "truetype/liberation/LiberationSerif-Regular.ttf",
    "fonts-liberation",
)
SANS = Font(
    "LiberationSans",
    _DEBIAN / "truetype/liberation/LiberationSans-Regular.ttf",
    "fonts-liberation",
)
SANS_BOLD = Font(
    "LiberationSansBold",
    _DEBIAN / "truetype/liberation/LiberationSans-Bold.ttf",
    "fonts-liberation",
)

FONTS = (MINCHO, GOTHIC, MICRO_HEI, SERIF, SANS, SANS_BOLD)

FACES = {
    "ja": Faces(body=MINCHO, heading=GOTHIC, table=GOTHIC, size=10.5, leading=17),
    "zh": Faces(body=MICRO_HEI, heading=MICRO_HEI, table=MICRO_HEI, size=10.5, leading=18),
    "en": Faces(body=SERIF, heading=SANS_BOLD, table=SANS, size=10.5, leading=14.5),
}


def missing_packages() -> list[str]:
    """Names of the Debian packages whose fonts are not on this machine."""
    return sorted({font.debian_package for font in FONTS if not font.path.is_file()})
