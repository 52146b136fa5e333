from stokehold.client.event_stream import Event, Reader


def test_lines_become_events() -> None:
    reader = Reader()
    lines = [
        "retry: 1000",
        "",
        ": still here",
        "",
        "id: 7",
        'data: {"a":1}',
        "",
        "event: end",
        "data: x",
        "data: y",
        "",
    ]
    assert [e for line in lines if (e := reader.feed(line))] == [
        Event("", '{"a":1}', "7"),
        Event("end", "x\ny", "7"),
    ]
