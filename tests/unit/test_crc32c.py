import numpy as np
import pytest

from refseg.models.crc32c import crc32c, masked_crc32c


def bit_by_bit(data: bytes) -> int:
    register = 0xFFFFFFFF
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ (0x82F63B78 if register & 1 else 0)
    return register ^ 0xFFFFFFFF


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"123456789", 0xE3069283),
        # RFC 3720, B.4
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (bytes(reversed(range(32))), 0x113FDB5C),
    ],
)
def test_published_checksums_come_out(data: bytes, expected: int) -> None:
    assert crc32c(data) == expected


@pytest.mark.parametrize("length", [*range(20), 63, 64, 65, 255, 256, 257, 1000, 4099])
def test_any_length_gives_what_the_definition_gives(length: int) -> None:
    data = np.random.default_rng(length).bytes(length)
    assert crc32c(data) == bit_by_bit(data)


def test_the_data_is_not_changed() -> None:
    data = bytearray(range(100))
    crc32c(data)
    assert data == bytearray(range(100))


def test_the_mask_is_leveldbs() -> None:
    assert masked_crc32c(b"123456789") == 0xC78AB0E5
