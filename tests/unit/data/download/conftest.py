"""A server that misbehaves and means to fetch from it: made once a module, as new for each test."""

from collections.abc import Iterator
from dataclasses import replace
from threading import Event

import pytest
from downloads import means_of
from servers import Server, misbehaving_server

from refseg_cli.data.download.install import Means


@pytest.fixture(scope="module")
def one_server() -> Iterator[Server]:
    with misbehaving_server() as server:
        yield server


@pytest.fixture
def server(one_server: Server) -> Server:
    one_server.reset()
    return one_server


@pytest.fixture(scope="module")
def one_means() -> Iterator[Means]:
    with means_of() as means:
        yield means


@pytest.fixture
def means(one_means: Means, server: Server) -> Means:
    return replace(one_means, mirrors=(server.address,), stop=Event())
