import pytest

from stokehold.client import Client
from stokehold.client.errors import NotFound, Refused, ServerFault, Unauthorized
from tests.system.cluster import Stokehold


def test_a_wrong_token_is_said_to_be_wrong(stokehold: Stokehold) -> None:
    with Client(stokehold.api, "wrong") as stranger, pytest.raises(Unauthorized) as caught:
        stranger.account()
    assert "token" in caught.value.advice


def test_what_the_server_says_is_what_the_user_reads(client: Client) -> None:
    with pytest.raises(NotFound, match="No such task"):
        client.task("nothing")
    with pytest.raises(Refused, match="profile"):
        client.submit("true", profile="no-such")


def test_an_answer_of_another_shape_is_the_servers_fault(client: Client) -> None:
    with pytest.raises(ServerFault, match="/settings"):
        client.server.ask(list[int], "GET", "/settings")


def test_what_is_sent_twice_under_one_key_counts_once(client: Client) -> None:
    body = {"name": "once", "profile": "docker-batch", "instanceCount": 1}
    answers = {client.server.call("POST", "/tasks", body, key="one-key") for _ in range(2)}
    assert len(answers) == 1
