from pathlib import Path

from stokehold.runner.frequency import current_ghz


def test_the_kernels_governor_is_asked_first(tmp_path: Path) -> None:
    for number, khz in enumerate((2_000_000, 3_000_000)):
        folder = tmp_path / f"cpufreq/policy{number}"
        folder.mkdir(parents=True)
        (folder / "scaling_cur_freq").write_text(f"{khz}\n")
    assert current_ghz(tmp_path, tmp_path / "none") == 2.5


def test_without_it_the_table_of_cpus_tells(tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text("cpu MHz\t\t: 1000.0\ncpu MHz\t\t: 2000.0\nmodel name: x\n")
    assert current_ghz(tmp_path, tmp_path / "cpuinfo") == 1.5


def test_a_kernel_that_tells_nothing_gives_0(tmp_path: Path) -> None:
    assert current_ghz(tmp_path, tmp_path / "none") == 0.0
