import os
import socket

import pytest

from data.errors import BadInput
from serving.server import serve


def test_a_taken_port_is_one_line() -> None:
    before = dict(os.environ)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BadInput, match=rf"^cannot listen on 127\.0\.0\.1:{port}: Address already in use; choose"):
            serve(port=port)
    assert dict(os.environ) == before


def test_an_address_of_another_machine_is_one_line() -> None:
    with pytest.raises(BadInput, match=r"^cannot listen on 192\.0\.2\.1:3000: "):
        serve(host="192.0.2.1")
