from pathlib import Path

import pytest

from stokehold.client import Client
from stokehold.client.errors import BadInput, Conflict


def test_each_set_of_parameters_has_its_outcome(client: Client) -> None:
    sweep = client.map("echo {a} {b}; test {a} != 1", [{"a": n, "b": "x y"} for n in range(3)])
    outcomes = sorted(sweep, key=lambda one: one.instance_id)
    assert [one.output for one in outcomes] == ["0 x y\n", "1 x y\n", "2 x y\n"]
    assert [one.ok for one in outcomes] == [True, False, True]
    assert outcomes[1].error is not None
    assert outcomes[1].parameters == {"a": 1, "b": "x y"}


def test_a_sweep_of_a_known_name_goes_on_where_it_was(client: Client, tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    command, parameters = f"echo ran >> {tmp_path}/{{}}; test {{}} = a -o -e {flag}", [["a", "a"], ["b", "b"]]
    assert [one.state for one in client.map(command, parameters, name="again").outcomes()] == [
        "Success",
        "Failure",
    ]
    flag.touch()
    sweep = client.map(command, parameters, name="again")
    assert [one.state for one in sweep.outcomes()] == ["Success", "Success"]
    assert len(sweep.tasks) == 2
    assert (tmp_path / "a").read_text() == "ran\n"
    assert len(client.map(command, parameters, name="again").tasks) == 2


def test_a_name_stands_for_one_sweep(client: Client) -> None:
    client.map("echo {}", [1], name="taken").outcomes()
    with pytest.raises(Conflict, match="taken"):
        client.map("echo {}", [2], name="taken")
    assert client.map("echo {}", [2], name="taken", resume=False).outcomes()[0].output == "2\n"


def test_a_sweep_reads_inputs_and_gives_results(client: Client, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "f").write_text("input\n")
    sweep = client.map("cat f > out-{}", ["x", "y"], inputs=tmp_path / "in", results="sweep-results")
    assert all(one.ok for one in sweep)
    assert [path.name for path in sweep.download(tmp_path / "out")] == ["out-x", "out-y"]
    with pytest.raises(BadInput):
        client.map("echo {}", [1], instances=2)
