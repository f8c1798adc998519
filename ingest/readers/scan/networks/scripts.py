"""Which characters Japanese, simplified and traditional Chinese write, derived from the encodings that were
made for each. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ingest.readers.scan.networks.models import Floats

ANY, JAPANESE, SIMPLIFIED, TRADITIONAL = range(4)
NAMES = {"jpn": JAPANESE, "chi_sim": SIMPLIFIED, "chi_tra": TRADITIONAL}
RATHER = 0.02  # of the likeliest character's probability that the script's own must have, to be taken instead
KANA = 0.04  # share of kana in a text from which it is Japanese


class Scripts:
    """The characters of the reading network, and which script has which."""

    def __init__(self, characters: Sequence[str]) -> None:
        self.characters = characters
        in_jis = _encodable(characters, "cp932")
        in_gb = _encodable(characters, "gb2312")
        in_big5 = _encodable(characters, "big5")
        # Rare characters of people's names that only the larger Chinese set has.
        in_gb |= _encodable(characters, "gbk") & ~in_big5 & ~in_jis
        self.kana = np.array(["\u3041" <= sign <= "\u30fe" and sign != "・" for sign in characters])
        han = np.array(["\u3400" <= sign <= "\u9fff" for sign in characters])
        in_gb &= ~self.kana
        in_big5 &= ~self.kana
        self.has = np.array([han | ~han, in_jis, in_gb, in_big5]) | ~(han | self.kana)
        self.has[ANY] = True
        self.han = han
        self.members = [np.flatnonzero(row) for row in self.has]
        self.shared = self.has.all(axis=0)

    def choices(self, seen: Floats, best: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """For each script (row) and column the character that it has there, `best` if it has none that is
        at all likely."""
        chosen = np.tile(best, (len(self.members), 1))
        for column in np.flatnonzero(~self.shared[best]):
            for script, members in enumerate(self.members):
                if not self.has[script, best[column]]:
                    own = members[1 + int(seen[column, members[1:]].argmax())]  # never the blank
                    if seen[column, own] >= RATHER * seen[column, best[column]]:
                        chosen[script, column] = own
        return chosen

    def of_text(self, signs: npt.NDArray[np.int64], wanted: Sequence[int]) -> int:
        """The script of a text, of those wanted; ANY if nothing decides."""
        if len(wanted) == 1:
            return wanted[0]
        han, kana = int(self.han[signs].sum()), int(self.kana[signs].sum())
        if JAPANESE in wanted and kana and kana >= KANA * (han + kana):
            return JAPANESE
        own = {script: int((self.han & self.has[script])[signs].sum()) for script in wanted}
        if not han or len(set(own.values())) == 1:
            return ANY
        return max(own, key=lambda script: (own[script], script))  # Japanese without kana is rare


def _encodable(characters: Sequence[str], encoding: str) -> npt.NDArray[np.bool_]:
    def can(sign: str) -> bool:
        try:
            sign.encode(encoding)
        except UnicodeEncodeError:
            return False
        return True

    return np.array([can(sign) for sign in characters])
