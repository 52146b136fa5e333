from stokehold.store.database import Database, wake
from stokehold.store.topics import gone_topic, printed_topic, task_topic


def test_no_topic_begins_as_another_accounts_does() -> None:
    assert not task_topic(11, 5).startswith(task_topic(1, 0)[:-1])
    assert not gone_topic(11, "u").startswith(gone_topic(1, ""))
    assert len({task_topic(1, 2), printed_topic(1), gone_topic(1, "2")}) == 3


def test_a_watcher_hears_of_every_commit_until_it_leaves(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    heard: list[str] = []
    undo = database.watch(heard.extend)
    database.write_now(wake, "a")
    undo()
    database.write_now(wake, "b")
    assert heard == ["a"]
    database.listen("x", lambda: None)()
    assert "x" not in database._listeners, "what nobody listens to is not kept"
    database.close()
