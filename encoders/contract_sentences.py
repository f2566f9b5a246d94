"""Sentences that text encoders stumble over: what people, keyboards and scripts of the world can type."""

import random

_WHOLE = (
    "a",
    "the man on the left",
    "The dog.",
    "...",
    ".",
    "?! ;-) -- // **",
    "-",
    "'",
    "a\tb\t\tc",
    "\t left dog\n",
    "left\r\nright",
    "two\u2028lines and\x85three",
    "nul\x00byte and \x1b[31mescape",
    "dog's t-shirt isn't o'clock",
    "rock ’n’ roll ‘quoted’ “words”",
    "state-of-the-art--well",
    "_ __under_scored__ snake_case",
    "[CLS] man [SEP] [PAD] [MASK] [UNK]",
    "<s> dog </s> <pad> <unk> <|endoftext|> <extra_id_0>",
    "##ing ##s Ġword ▁word",
    "C++ & C# @home #tag 100% 3.14 1,000,000 €5 №7",
    "http://example.org/a?b=c&d=e#f",
    "👨‍👩‍👧‍👦",
    "🐶 left of 🐱",
    "🏳️‍🌈🇩🇪👍🏽 flag",
    "左边的狗",
    "左边 的 狗，右边的猫。",
    "犬がいる 部屋 カタカナ",
    "한국어 개",
    "הכלב משמאל",
    "הַכֶּלֶב שֶׁלִּי",
    "الكلب على اليسار",
    "left \u202eright\u202c to left \u200f\u200e",
    "e\u0301cole cafe\u0301 n\u0303",
    "Z\u0351\u036b\u0343a\u0362\u033al\u0357\u034bg\u0321o\u0353",
    "\u0301",
    "\u200b",
    "\ufeff bom \u00ad soft\u00adhyphen \u200bzero\u200bwidth",
    "\u00a0no\u00a0break\u3000wide",
    "İstanbul STRASSE straße ﬁsh ŉ ǅ",
    "Ωμέγα собака слева",
    "हिन्दी कुत्ता ไทยหมา",
    "𝒻𝒶𝓃𝒸𝓎 ｗｉｄｅ ᵗⁱⁿʸ",
    "\ufffd \U0010ffff \ue000",
    "x" * 3000,
    "狗" * 700,
    "🐶" * 300,
    "!" * 1000,
    " ".join(f"word{number}" for number in range(400)),
    ", ".join(["left"] * 200),
)
_PIECES = (
    *"man woman dog left right of the red second from holding wearing a with".split(),
    *"it's t-shirt o'clock x_y 42 3rd U.S. naïve Café ＤＯＧ".split(),
    *"🐶 👩🏽‍🚀 🇫🇷 ❤️ 狗 左边 犬 개 כלב كلب собака कुत्ता e\u0301 \u0301 \u200b \u200f".split(),
    *", . - -- ' ’ … ! ?! ( ) / \\ & # [SEP] </s> ##s \x7f".split(),
)
_GAPS = (*" " * 12, "  ", "\t", "\n", "\u00a0", "", "")


def contract_sentences(n: int = 500) -> list[str]:
    """N sentences, the same on every call, each of one word or more and no two alike.

    The first are written by hand: emoji, hyphens, apostrophes, scripts without blanks and from right to left,
    marks without a letter, tabs, nothing but punctuation, 400 words, words of thousands of letters, special
    tokens of models. The others are drawn together from such pieces, up to 40 a sentence.
    """
    draw = random.Random(0)
    sentences = dict.fromkeys(_WHOLE[:n])
    while len(sentences) < n:
        pieces = draw.choices(_PIECES, k=draw.randint(1, draw.choice((3, 8, 40))))
        sentences["".join(piece + draw.choice(_GAPS) for piece in pieces)] = None
    return list(sentences)
