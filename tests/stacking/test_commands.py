"""``stack``, ``judge`` and ``predict`` as a user runs them."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from tests.harness.fake_predictions import write_images
from tests.harness.finished_runs import finish, finished_run
from tests.harness.inline_slot import InlineSlot
from tests.stacking.conftest import Command
from xsample_tui.cli import training_to_end
from xsample_tui.services import new_image_labels
from xsample_tui.services.member_rule import member_rule
from xsample_tui.stacking.arms.arm_candidates import Candidates
from xsample_tui.stacking.arms.arm_comparison import compare_arms
from xsample_tui.stacking.blending import new_image_prediction
from xsample_tui.stacking.blending.blend import blend_select
from xsample_tui.stacking.blending.blender_registry import blender
from xsample_tui.stacking.pool.control_runs import lay_out_control_runs
from xsample_tui.stacking.pool.model_pool import open_pool
from xsample_tui.store.run.run_folder import RunFolder


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return finished_run(tmp_path / "runs")


@pytest.mark.parametrize("blend", ["mean", "geometric", "vote", "caruana", "simplex", "logistic"])
def test_csv_is_read_back_unchanged_and_its_accuracy_is_the_one_reported(
    command: Command, run: RunFolder, tmp_path: Path, blend: str
) -> None:
    done = command("stack", "r", "--top", 3, "--blend", blend, "--csv", "out.csv", "--probabilities", "--json")
    assert done.code == 0
    frame = pd.read_csv(tmp_path / "out.csv")
    assert list(frame.columns) == ["picture", "predicted", "true", "fold", "p0", "p1", "p2", "p3"]
    assert frame["picture"].tolist() == run.plan.split.select.tolist()
    assert frame["true"].tolist() == run.dataset.labels[run.plan.split.select].tolist()
    probabilities = frame[["p0", "p1", "p2", "p3"]].to_numpy()
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(80), abs=1e-5)
    assert probabilities.argmax(axis=1).tolist() == frame["predicted"].tolist()
    facts = done.json
    assert facts["score"]["errors"] == (frame["predicted"] != frame["true"]).sum()
    true = probabilities[np.arange(80), frame["true"]]
    assert facts["score"]["log_loss"] == pytest.approx(-np.log(np.clip(true, 1e-7, 1)).mean(), abs=1e-6)
    assert sorted(frame["fold"].unique()) == [0, 1, 2, 3, 4]
    # Text to float32 and back loses nothing.
    again = frame.assign(**{c: frame[c].astype(np.float32) for c in ("p0", "p1", "p2", "p3")}).to_csv(index=False)
    assert again.encode() == (tmp_path / "out.csv").read_bytes()


def test_images_keep_their_ids_in_the_csv(
    command: Command, run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = replace(run.dataset, ids=tuple(f"i{at}" for at in range(len(run.dataset.labels))), id_name="image_id")
    monkeypatch.setattr(RunFolder, "dataset", named)
    assert command("stack", "r", "--top", 2, "--csv", "out.csv").code == 0
    frame = pd.read_csv(tmp_path / "out.csv")
    assert list(frame.columns) == ["picture", "image_id", "predicted", "true", "fold"]
    assert frame["image_id"].tolist() == [f"i{at}" for at in frame["picture"]]


def test_the_sidecar_says_how_the_csv_came_about(command: Command, run: RunFolder, tmp_path: Path) -> None:
    command("stack", "r", "--top", 2, "--csv", "out.csv")
    facts = json.loads((tmp_path / "out.csv.json").read_text())
    document = run.document
    assert facts["dataset_digest"] == document.dataset_digest
    assert facts["split_digest"] == document.split_digest
    assert (facts["protocol"], facts["split"], facts["blend"]) == ("honest", "select", "mean")
    assert facts["rule"] == "top 2 of 9 by select log-loss"
    assert facts["ledger"] == {"openings": 0, "entries": []}
    assert facts["csv"]["sha256"] == hashlib.sha256((tmp_path / "out.csv").read_bytes()).hexdigest()
    losses = [member["select_log_loss"] for member in facts["members"]]
    assert losses == sorted(losses)
    assert [member["weight"] for member in facts["members"]] == [0.5, 0.5]
    assert {member["kind"] for member in facts["members"]} == {"keep"}
    assert facts["members"][0]["height"] == 4
    assert len(facts["folds"]) == 5
    assert all(len(fold["members"]) == 2 for fold in facts["folds"])


def test_members_by_hand_on_the_open_test_set(command: Command, run: RunFolder, tmp_path: Path) -> None:
    names = ["keep-r04-c00", "baseline-s01"]
    done = command(
        "stack", "r", "--members", ",".join(names), "--split", "test", "--open-test", "--csv", "t.csv", "--json"
    )
    assert done.code == 0
    assert [member["name"] for member in done.json["members"]] == names
    assert done.json["ledger"]["openings"] == 1
    assert done.json["ledger"]["entries"][0]["what"] == "mean of 2 members chosen by hand"
    assert "test set opened 1 time" in done.err
    frame = pd.read_csv(tmp_path / "t.csv")
    assert list(frame.columns) == ["picture", "predicted", "true"]
    assert frame["picture"].tolist() == run.plan.split.test.tolist()
    states = [run.latest(name)[0] for name in names]
    mean = np.mean([state.softmax["test"] for state in states if state is not None], axis=0)
    assert frame["predicted"].tolist() == mean.argmax(axis=1).tolist()


def test_the_test_set_is_locked(command: Command, run: RunFolder) -> None:
    done = command("stack", "r", "--split", "test")
    assert (done.code, done.out) == (2, "")
    assert done.err.strip().splitlines() == [
        "error: --split: test: the test set is locked; add --open-test to open it, which the ledger records"
    ]
    assert not list(run.path.parent.glob("*.ledger.jsonl"))
    assert command("stack", "r", "--open-test").code == 2
    # What fails for another reason opens nothing.
    for arguments in (["--blend", "x"], ["--members", "x"], ["--members", "baseline-s00", "--curve"], ["--top", "0"]):
        assert command("stack", "r", "--split", "test", "--open-test", *arguments).code == 2
    assert not list(run.path.parent.glob("*.ledger.jsonl"))


def test_nothing_is_overwritten_without_force(command: Command, run: RunFolder, tmp_path: Path) -> None:
    (tmp_path / "out.csv.json").write_text("mine")
    done = command("stack", "r", "--csv", "out.csv")
    assert done.code == 2
    assert not (tmp_path / "out.csv").exists()
    assert command("stack", "r", "--csv", "out.csv", "--force").code == 0
    assert command("stack", "r", "--csv", "out.csv").code == 2
    assert command("stack", "r", "--csv", "none/out.csv").code == 2


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["--top", "10"], "--top: 10: choose a whole number from 1 to 9"),
        (["--top", "-1"], "--top: -1"),
        (["--top", "²"], "--top"),
        (["--top", "2", "--members", "baseline-s00"], "--members"),
        (["--pool", "odd"], "--pool: odd"),
        (["--split", "fit"], "--split: fit"),
        (["--probabilities"], "--probabilities"),
        (["--members", ","], "--members"),
    ],
)
def test_bad_input_is_one_line(command: Command, run: RunFolder, arguments: list[str], field: str) -> None:
    done = command("stack", "r", *arguments)
    assert (done.code, done.out) == (2, "")
    assert f"error: {field}" in done.err
    assert len(done.err.strip().splitlines()) == 1


def test_all_members_of_every_pool_and_the_curve(command: Command, run: RunFolder) -> None:
    facts = command("stack", "r", "--top", "all", "--pool", "all", "--curve", "--json").json
    assert len(facts["members"]) == 12
    assert [row["k"] for row in facts["curve"]] == list(range(1, 13))
    assert facts["curve"][-1]["errors"] == facts["score"]["errors"]
    text = command("stack", "r", "--top", "all", "--pool", "baselines", "--curve").out
    assert text.splitlines()[0] == "arithmetic mean of top 3 of 3 by select log-loss, on 80 select images"
    assert "baseline-s02" in text


def test_an_article_run_says_that_its_scores_are_not_sound(command: Command, tmp_path: Path) -> None:
    finished_run(tmp_path / "runs", "a", preset_name="article", baselines=1)
    done = command("stack", "a", "--json")
    assert done.json["protocol"] == "article"
    assert "biased upwards" in done.json["note"]
    assert "used the test set throughout" in done.err


def test_judge_for_people_and_for_machines(command: Command, run: RunFolder) -> None:
    done = command("judge", "r")
    assert done.code == 0
    assert done.out.splitlines()[0].startswith(
        "0 of 9 windows are significant after correction (Holm, 5 %); the best, "
    )
    assert "3 baselines on 80 images" in done.out
    assert "differences of 0.001 are not detectable with 80 images and 3 baselines" in done.out
    assert "chance: the best of 9 windows with no effect would gain" in done.out
    assert max(map(len, done.out.split("twin  standing")[1].splitlines())) <= 118
    facts = command("judge", "r", "--json").json
    assert len(facts["windows"]) == 9
    assert facts["resolves_thousandths"] is False
    assert facts["floor"]["count"] == 3
    names = [f"keep-r0{row}-c0{col}" for row in (0, 2, 4) for col in (0, 2, 4)]
    assert [window["name"] for window in facts["smoothed"]["windows"]] == names
    assert facts["smoothed"]["sentence"] in done.out.splitlines()


def test_judge_counts_the_seeds_that_the_arms_trained(command: Command, run: RunFolder) -> None:
    (control_run,) = lay_out_control_runs(run, "seeds", 9)
    assert command("judge", "r", "--json").code == 0
    for trial in control_run.document.trials:
        finish(control_run, trial, 3.0)
    assert command("judge", "r", "--json").json["floor"]["count"] == 9


def test_judge_puts_the_articles_claims_beside_the_run(command: Command, tmp_path: Path) -> None:
    finished_run(tmp_path / "runs", "a", preset_name="article", baselines=1)
    done = command("judge", "a", "--json")
    claims = {claim["about"]: claim for claim in done.json["article"]}
    assert claims["windows"]["run"] == "9 windows"
    assert "361" in claims["windows"]["article"]
    assert claims["pixels zeroed"]["run"] == "4 to 16 of 64"
    assert "2 to 2 epochs" in claims["stopping rule"]["run"]
    assert "0.0625" in claims["effect against McNemar's test"]["article"]
    # One baseline shows no noise: nothing may be called better.
    assert {window["standing"] for window in done.json["windows"]} == {"unknown"}
    assert done.json["windows"][0]["p_holm"] is None
    assert "Not resolved: with one baseline the noise is unknown" in command("judge", "a").out


@pytest.fixture
def inline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the forward pass run here, without TensorFlow."""
    monkeypatch.setattr(new_image_labels, "ProcessSlot", lambda log, machine: InlineSlot())
    monkeypatch.setattr(
        new_image_prediction.predict,
        "__defaults__",
        (lambda name: None, "tests.harness.fake_predictions:fake_predict"),
    )


@pytest.mark.usefixtures("inline")
def test_predict_writes_what_kaggle_wants(command: Command, run: RunFolder, tmp_path: Path) -> None:
    expected = write_images(tmp_path / "test.csv")
    cost = command("predict", "r", "--input", "test.csv", "--csv", "out.csv", "--top", "3", "--dry-run")
    assert cost.code == 0
    assert cost.out.startswith("predicts 30 images, by 3 members: within 1 s ")
    assert not (tmp_path / "out.csv").exists()
    done = command("predict", "r", "--input", "test.csv", "--csv", "out.csv", "--format", "kaggle", "--top", "3")
    assert (done.code, done.out) == (0, "")
    frame = pd.read_csv(tmp_path / "out.csv")
    assert list(frame.columns) == ["ImageId", "Label"]
    assert frame["ImageId"].tolist() == list(range(1, 31))
    assert frame["Label"].tolist() == expected
    assert "30 images, where Digit Recognizer's test.csv has 28000" in done.err
    facts = json.loads((tmp_path / "out.csv.json").read_text())
    assert facts["command"] == "predict"
    assert facts["input"]["pictures"] == facts["csv"]["rows"] == 30
    assert len(facts["members"]) == 3
    assert command("predict", "r", "--input", "test.csv", "--csv", "out.csv").code == 2


@pytest.mark.usefixtures("inline")
def test_predict_keeps_ids(command: Command, run: RunFolder, tmp_path: Path) -> None:
    expected = write_images(tmp_path / "test.csv")
    frame = pd.read_csv(tmp_path / "test.csv")
    frame.insert(0, "id", [f"0{at}" for at in range(30)])
    frame.to_csv(tmp_path / "test.csv", index=False)
    done = command("predict", "r", "--input", "test.csv", "--csv", "out.csv", "--top", "3")
    assert done.code == 0
    assert "id is id" in done.err
    assert "Digit Recognizer" not in done.err
    found = pd.read_csv(tmp_path / "out.csv", dtype=str)
    assert list(found.columns) == ["id", "label"]
    assert found["id"].tolist() == [f"0{at}" for at in range(30)]
    assert found["label"].tolist() == list(map(str, expected))
    command("predict", "r", "--input", "test.csv", "--csv", "plain.csv", "--format", "plain", "--top", "3")
    assert list(pd.read_csv(tmp_path / "plain.csv").columns[:3]) == ["picture", "id", "predicted"]


@pytest.mark.usefixtures("inline")
def test_predict_labels_a_folder_of_images(command: Command, run: RunFolder, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    for at in range(12):
        Image.fromarray(np.full((8, 8), at, np.uint8)).save(tmp_path / "new" / f"i{at}.png")
    assert command("predict", "r", "--input", "new", "--csv", "out.csv", "--top", "3").code == 0
    found = pd.read_csv(tmp_path / "out.csv")
    assert found["file"].tolist() == [f"i{at}.png" for at in range(12)]
    assert found["label"].tolist() == [at % 4 for at in range(12)]
    assert json.loads((tmp_path / "out.csv.json").read_text())["input"]["sha256"]


@pytest.mark.usefixtures("inline")
def test_predict_reads_npz_and_writes_probabilities(command: Command, run: RunFolder, tmp_path: Path) -> None:
    images = run.dataset.images[:25]
    np.savez(tmp_path / "new.npz", x=images, other=np.arange(3))
    done = command("predict", "r", "--input", "new.npz", "--csv", "out.csv", "--format", "plain", "--blend", "vote")
    assert done.code == 0
    frame = pd.read_csv(tmp_path / "out.csv")
    assert list(frame.columns) == ["picture", "predicted", "p0", "p1", "p2", "p3"]
    assert frame["predicted"].tolist() == (images[:, 0, 0, 0] % 4).tolist()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("new.csv", "pixel0,pixel1\n1,2\n", "must be a square"),
        ("new.csv", "pixel0\n1\n", "the model was trained on 8x8x1"),
        ("new.csv", "label,pixel0\n1,1\n", "the model was trained on 8x8x1"),
        ("new.csv", "pixel0,pixel1,pixel2,pixel3\n1,2,x,4\n", "image 1 column pixel2: x"),
        ("new.csv", "", "the file is empty"),
        ("new.txt", "x", "is a file of another kind"),
        ("new.npz", "x", "damaged"),
    ],
)
@pytest.mark.usefixtures("inline")
def test_predict_refuses_other_files(
    command: Command, run: RunFolder, tmp_path: Path, name: str, content: str, message: str
) -> None:
    (tmp_path / name).write_text(content)
    done = command("predict", "r", "--input", name, "--csv", "out.csv")
    assert done.code == 2
    assert message in done.err
    assert not (tmp_path / "out.csv").exists()
    assert "--data" not in done.err


def test_predict_of_a_file_that_is_not_there(command: Command, run: RunFolder) -> None:
    done = command("predict", "r", "--input", "no.csv", "--csv", "out.csv")
    assert done.code == 2
    assert "error: --input: no.csv: no such file" in done.err


@pytest.mark.usefixtures("inline")
def test_a_member_whose_weights_are_gone_writes_nothing(command: Command, run: RunFolder, tmp_path: Path) -> None:
    write_images(tmp_path / "test.csv")
    path = run.path / "trials" / "keep-r00-c00" / "000002.ckpt"
    data = bytearray(path.read_bytes())
    data[data.index(b"weights/w.npy") + 150] ^= 1
    path.write_bytes(data)
    done = command("predict", "r", "--input", "test.csv", "--csv", "out.csv", "--members", "keep-r00-c00")
    assert done.code == 1
    assert "keep-r00-c00: its weights cannot be read" in done.err
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.usefixtures("inline")
def test_blends_of_several_runs_are_stacked_and_predict(command: Command, run: RunFolder, tmp_path: Path) -> None:
    finished_run(tmp_path / "runs", "big", windows={"mask": "occlude", "height": 6, "width": 6})
    rule = ("--members", "r/keep-r00-c00,big/occlude-r02-c02")
    done = command("stack", "r", "big", *rule, "--csv", "s.csv", "--json")
    assert done.code == 0
    assert [(m["run"], m["trial"], m["height"]) for m in done.json["members"]] == [
        ("r", "keep-r00-c00", 4),
        ("big", "occlude-r02-c02", 6),
    ]
    assert [one["name"] for one in done.json["runs"]] == ["r", "big"]
    assert "3 trainings of these runs are in another of them too, and count once" in done.err
    expected = write_images(tmp_path / "test.csv")
    assert command("predict", "r", "big", *rule, "--input", "test.csv", "--csv", "out.csv").code == 0
    assert pd.read_csv(tmp_path / "out.csv")["Label"].tolist() == expected
    assert json.loads((tmp_path / "out.csv.json").read_text())["run"] == "r, big"
    refused = command("stack", "r", "r")
    assert (refused.code, refused.err.strip()) == (2, "error: run: r: is named twice; name each run once")


@pytest.mark.usefixtures("inline")
def test_predict_trains_the_members_again_and_says_so(
    command: Command, run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained: list[str] = []

    def train(folder: RunFolder, *arguments: object, **options: object) -> None:
        trained.append(folder.name)
        for trial in folder.document.trials:
            finish(folder, trial, 3.0)

    monkeypatch.setattr(training_to_end, "train_to_end", train)
    write_images(tmp_path / "test.csv")
    given = ("predict", "r", "--input", "test.csv", "--csv", "out.csv", "--top", "2", "--force")
    assert command(*given, "--refit", "--headless").code == 0
    facts = json.loads((tmp_path / "out.csv.json").read_text())
    names = {member["name"] for member in facts["members"]}
    assert facts["refit"]["runs"] == dict.fromkeys(names, "r-refit")
    assert facts["refit"]["pictures"] == len(run.plan.split.fit) + len(run.plan.split.select)
    assert trained == ["r-refit"]
    assert command(*given).code == 0
    assert json.loads((tmp_path / "out.csv.json").read_text())["refit"] is None
    refused = command(*given, "--headless")
    assert (refused.code, refused.out) == (2, "")
    assert "error: --headless: given: only --refit trains; add it, or leave this out" in refused.err
    refused = command("stack", "r", "--refit")
    assert (refused.code, refused.out) == (2, "")
    assert "error: --refit: given: refitted members go into a model; add --to FILE.keras" in refused.err


def test_the_pool_of_all_is_arm_m(run: RunFolder) -> None:
    library = open_pool(run)
    blend = blender("mean")
    arm = compare_arms(Candidates.of(library), 3, blend, arms_command="arms").results["M"]
    chosen = blend_select(library.select, member_rule(library, 3, None, "all"), blend, run.spec.seed)
    assert [library.members[index].name for index in chosen.whole.members] == list(arm.members)
    assert chosen.score == arm.blend.score
