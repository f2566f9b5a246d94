"""The plural of a noun, where there is no doubt about it."""

_IRREGULAR = dict(
    pair.split(":")
    for pair in """
    person:people man:men woman:women child:children policeman:policemen fireman:firemen mouse:mice
    goose:geese foot:feet tooth:teeth knife:knives leaf:leaves loaf:loaves shelf:shelves wolf:wolves
    calf:calves scarf:scarves potato:potatoes tomato:tomatoes sheep:sheep fish:fish deer:deer
    aircraft:aircraft
    """.split()
)
_NOT_COUNTED = frozenset(
    """
    broccoli bread clothing equipment food fruit furniture grass hair luggage rice sand sky snow traffic
    water people men women children
    """.split()
)
_LINKS = frozenset("of with in on at for and or from to without".split())


def plural(noun: str) -> str | None:
    """Put a noun in the plural.

    Args:
        noun: one word or more, in lower case.

    Returns:
        "dogs" for "dog"; None for what is not counted ("luggage"), for what seems to be a plural already
        (two annotations of "skis" are two pairs), and where the word to change is not surely the last one
        ("glass of wine", "person walking").
    """
    *first, last = noun.split()
    if last in _IRREGULAR:
        return " ".join([*first, _IRREGULAR[last]])
    seems_plural = last.endswith("s") and not last.endswith(("ss", "us"))
    not_last = bool(_LINKS & set(first)) or (bool(first) and last.endswith(("ing", "ed")))
    if last in _NOT_COUNTED or seems_plural or not_last or not last[-1].isalpha():
        return None
    return " ".join([*first, _regular(last)])


def _regular(word: str) -> str:
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{word[:-1]}ies"
    return word + ("es" if word.endswith(("s", "x", "z", "ch", "sh")) else "s")
