from stokehold.cli.verdicts import MEANINGS, Verdict, of_states


def test_every_exit_code_has_a_meaning() -> None:
    assert set(MEANINGS) == set(Verdict)


def test_the_verdict_over_many_is_that_of_the_worst() -> None:
    assert of_states([]) is Verdict.SUCCESS
    assert of_states(["Success", "Cancelled"]) is Verdict.CANCELLED
    assert of_states(["Cancelled", "Failure", "Success"]) is Verdict.FAILURE
