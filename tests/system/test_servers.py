"""The servers that tests share are there for the next test, whatever the last one left."""

from tests.system.servers import Servers


def test_what_a_test_leaves_behind_is_stopped(servers: Servers) -> None:
    server = servers("process")
    ended, left = server.run("true"), server.submit("sleep 600", 3)
    servers.clear()
    assert server.ended(left).state == "Cancelled"
    assert server.ended(ended).state == "Success"
    servers.clear()
    assert servers("process") is server
