"""Numbers and messages as TensorFlow's files hold them: LevelDB's varints and protocol buffers.

No file is trusted: what does not fit is a `ValueError` in a few words.
"""

from collections.abc import Iterator

_MALFORMED = "an entry in it is malformed"


class Cursor:
    """Reads numbers and bytes from a buffer, from left to right, and never past its end."""

    def __init__(self, data: bytes) -> None:
        self._data, self._place = data, 0

    def __bool__(self) -> bool:
        """Whether anything is left."""
        return self._place < len(self._data)

    def take(self, length: int) -> bytes:
        """The next `length` bytes.

        Raises:
            ValueError: if fewer are left.
        """
        taken = self._data[self._place : self._place + length]
        if len(taken) != length:
            raise ValueError("it ends too early")
        self._place += length
        return taken

    def varint(self) -> int:
        """The next number of up to ten bytes, seven bits a byte, the lowest first.

        Raises:
            ValueError: if it does not end.
        """
        number = 0
        for shift in range(0, 70, 7):
            byte = self.take(1)[0]
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                return number
        raise ValueError("a number in it does not end")


class Message:
    """The fields of a protocol buffer, by their numbers.

    Raises:
        ValueError: if the bytes are not one, or a field is not of the kind that is asked for.
    """

    def __init__(self, data: bytes) -> None:
        self._fields: dict[int, list[int | bytes]] = {}
        cursor = Cursor(data)
        while cursor:
            field, kind = divmod(cursor.varint(), 8)
            self._fields.setdefault(field, []).append(_value(cursor, kind))

    def __contains__(self, field: int) -> bool:
        return field in self._fields

    def number(self, field: int) -> int:
        """The number in a field; one that is not written is zero."""
        match self._fields.get(field, [0])[-1]:
            case int(number):
                return number
        raise ValueError(_MALFORMED)

    def messages(self, field: int) -> Iterator["Message"]:
        """The messages in a field, in order."""
        for value in self._fields.get(field, []):
            match value:
                case bytes(data):
                    yield Message(data)
                case _:
                    raise ValueError(_MALFORMED)


def _value(cursor: Cursor, kind: int) -> int | bytes:
    match kind:
        case 0:
            return cursor.varint()
        case 1 | 5:
            return int.from_bytes(cursor.take(8 if kind == 1 else 4), "little")
        case 2:
            return cursor.take(cursor.varint())
    raise ValueError(_MALFORMED)
