from stokehold.client.queries import matching


def test_no_wish_is_no_filter() -> None:
    assert matching() is None


def test_all_wishes_must_hold() -> None:
    told = matching(name="n", tags=["a", "b"], all_tags=["c"], states=["Success"], created_after="2026-01-01")
    assert told is not None
    assert [part.get("field", part["operator"]) for part in told["filters"]] == [
        "Name", "CreationDate", "Tags", "Or", "State",
    ]  # fmt: skip


def test_a_prefix_is_taken_literally() -> None:
    told = matching(name_prefix="a.b")
    assert told is not None
    assert told["filters"][0]["value"] == r"/^a\.b/"


def test_every_label_must_be_there() -> None:
    told = matching(labels={"team": "red", "size": "big"})
    assert told is not None
    assert [(part["field"], part["value"]) for part in told["filters"]] == [
        ("Labels.team", "red"), ("Labels.size", "big"),
    ]  # fmt: skip
