"""A task or a job that is held stays the same thing while what the server tells of it changes."""

from pathlib import Path

from stokehold.client import Client


def test_what_is_held_is_read_again_in_place(client: Client) -> None:
    held = client.submit("true", tags=["held"])
    client.task(held.uuid).update(tags=["held-on"])
    assert held.tags == ["held"]
    assert held.refresh() is held
    assert held.tags == ["held-on"]


def test_what_is_held_asks_the_client_that_it_came_from(client: Client) -> None:
    job = client.create_job("held")
    assert job.client is client
    assert job.submit("true").client is client
    job.delete(force=True)


def test_all_that_the_server_told_is_kept(client: Client, tmp_path: Path) -> None:
    go = tmp_path / "go"
    task = client.submit(f"sh -c 'until [ -e {go} ]; do sleep 0.02; done'", name="told")
    assert (task.answer["name"], task.answer["uuid"]) == ("told", task.uuid)
    assert "autoDeleteOnCompletion" in task.answer
    assert task.answer["state"] != "Success"
    go.touch()
    assert task.wait().answer["state"] == "Success"
