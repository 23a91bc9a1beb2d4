"""Questions whose answers are tables, specs and lists: each is asked of every front end that answers it."""

import asyncio
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tests.harness.finished_runs import finish
from tests.harness.front_ends import Front, strength
from tests.harness.interface import app_on, session_of, until
from xsample_tui import compare, sweep_spec, sweeps
from xsample_tui.core.comparison.comparison_text import facts as comparison_facts
from xsample_tui.core.maps.pixel_importance import covers, mean_effect
from xsample_tui.core.training.spec_toml import spec_toml
from xsample_tui.services.arm_question import confirmation_run
from xsample_tui.services.run_comparison_table import beside_facts
from xsample_tui.stacking.blending.blender_registry import BLENDERS
from xsample_tui.stacking.pool.model_pool import open_pool
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.store.run_catalog import RunCatalog
from xsample_tui.tui.compare.compare_screen import CompareScreen
from xsample_tui.tui.compare.side_by_side_screen import SideBySideScreen
from xsample_tui.tui.heatmap.heatmap_metrics import METRICS
from xsample_tui.tui.heatmap.importance_view import pixel_map
from xsample_tui.tui.new_sweep.form_validation import check, spec_texts
from xsample_tui.tui.session.run_images import open_run_images

Answers = dict[str, Any]


def plain(value: Any) -> Any:
    """Return a value as it comes out of JSON."""
    return json.loads(json.dumps(value))


def spec(front: Front) -> Answers:
    """What would a new run like this one be?"""
    like = front.run.spec
    texts = spec_texts(like) | {"preset": like.preset, "data": like.source, "name": "n", "stride": "3"}
    drafted = check(texts, front.run.path.parent, None, like).spec
    assert drafted is not None
    return {
        "run": front.command("run", "--like", "r", "--name", "n", "--stride", 3, "--print-spec").out,
        "python": sweep_spec(like="r", name="n", stride=3, runs_dir=front.run.path.parent),
        "form": spec_toml(drafted),
    }


def windows_by_class(front: Front) -> Answers:
    """What does each window do to each class?"""
    said = front.json("judge", "r", "--classes")["by_class"]
    front.command("export", "r", "--classes", "classes.csv", "--force")
    read = pd.read_csv("classes.csv")
    frame = front.sweep.classes_dataframe()
    python = front.sweep.export("by_python.csv", what="classes", force=True)
    names = [one["name"] for one in said["classes"]]
    return {
        "judge": [(row["name"], errors) for row in said["windows"] for errors in row["errors"]],
        "python": list(zip(frame["trial"], frame["errors"], strict=True)),
        "csv": list(zip(read["trial"], read["errors"], strict=True)),
        "python's csv": list(zip(*(pd.read_csv(python)[name] for name in ("trial", "errors")), strict=True)),
    } | ({} if names else {"none": None})


def a_blend_by_class(front: Front) -> Answers:
    """Which classes does the blend of the best five windows confuse?"""
    choice = front.study.first_choice()
    shown = front.study.class_scores(choice, front.study.blend(choice, BLENDERS["mean"]))
    said = front.json("stack", "r", "--classes")["by_class"]
    python = front.stack.classes_dataframe().reset_index()
    assert front.stack.confusion_dataframe().to_numpy().tolist() == shown.confusion.counts.tolist()
    return {
        "stack": said["classes"],
        "stack screen": plain(shown.facts()["classes"]),
        "python": [{key: row[key] for key in said["classes"][0]} for row in plain(python.to_dict("records"))],
    }


def predictions(front: Front) -> Answers:
    """What does the blend say of each image?"""
    front.command("stack", "r", "--csv", "a.csv", "--probabilities", "--force")
    choice, blend = front.study.first_choice(), front.study.blend(front.study.first_choice(), BLENDERS["mean"]).blend
    assert blend is not None
    front.study.export(choice, blend, Path("c.csv"), probabilities=True, force=True)
    return {
        "stack": Path("a.csv").read_bytes(),
        "python": front.sweep.stack().export("b.csv", probabilities=True, force=True).read_bytes(),
        "stack screen": Path("c.csv").read_bytes(),
        "python's frame": front.stack.to_frame(probabilities=True).to_csv(index=False).encode(),
    }


def importance(front: Front) -> Answers:
    """How important is each pixel?"""
    front.command("export", "r", "--importance", "importance.csv", "--force")
    read = pd.read_csv("importance.csv").pivot_table("gain", "row", "col", dropna=False).to_numpy()
    shown = asyncio.run(painted(front.run))
    assert front.report.judgement is not None
    windows = front.report.judgement.windows
    covered = covers(front.run.spec.windows.mask, np.stack([front.run.plan.mask(one.name) for one in windows]))
    reported = mean_effect(covered, [one.gain for one in windows]).mean
    every = {"export": read, "python": front.sweep.importance_array(), "grid": shown, "report": reported}
    assert not np.isnan(read).all()
    return {name: np.nan_to_num(found, nan=1e9).round(6).tolist() for name, found in every.items()}


async def painted(run: RunFolder) -> Any:
    """Return the importance of pixels by which the grid is painted."""
    app = app_on(run)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        return pixel_map(session_of(app), open_run_images(run), METRICS["gain"]).mean


def others_of(front: Front) -> list[RunFolder]:
    """Return the run and two of its control runs, which are runs like others."""
    return [front.run, *(RunFolder.open(front.run.path.parent, f"r-{kind}") for kind in ("random", "placebo"))]


async def compared(runs: list[RunFolder]) -> tuple[Any, Any]:
    """Return what the screens of two runs, and of several, show."""
    app = app_on(runs[0])
    async with app.run_test(size=(120, 40)) as pilot:
        pair, several = CompareScreen(runs[0], runs[1]), SideBySideScreen(runs)
        for screen in (pair, several):
            app.push_screen(screen)
            await until(pilot, lambda screen=screen: screen.found is not None)  # type: ignore[misc]
        return pair.found, several.found


def comparison(front: Front) -> Answers:
    """How do a run's windows differ from another's, and from those of two others?"""
    runs = others_of(front)
    names = [run.name for run in runs]
    pair, several = asyncio.run(compared(runs))
    return {
        "compare": (front.json("compare", *names[:2]), front.json("compare", *names)),
        "python": (
            plain(compare(*names[:2], runs_dir=front.run.path.parent).to_dict()),
            plain(compare(*names, runs_dir=front.run.path.parent).to_dict()),
        ),
        "screens": (plain(comparison_facts(pair)), plain([beside_facts(run) for run in several])),
    }


def list_of_runs(front: Front) -> Answers:
    """Which runs are there, and how far are they?"""
    runs = front.run.path.parent
    frame = sweeps(runs)
    return {
        "status": {one["name"]: (one["state"], one["counts"]["done"]) for one in front.json("status")},
        "python": {row["name"]: (row["state"], row["done"]) for _, row in frame.iterrows()},
        "start screen": {
            entry.name: (entry.state, entry.done) for entries in RunCatalog(runs).read() for entry in entries
        },
    }


def history(front: Front) -> Answers:
    """What did each epoch give?"""
    front.command("export", "r", "--history", "h.csv", "--force")
    own = pd.read_csv("h.csv")
    own = own[own["trial"].isin(front.progress.trials)].reset_index(drop=True)
    return {
        "export": Path("h.csv").read_bytes(),
        "python": front.sweep.export("p.csv", what="history", force=True).read_bytes(),
    } | ({} if own["val_loss"].tolist() == front.sweep.history_dataframe()["val_loss"].tolist() else {"frame": None})


def softmax(front: Front) -> Answers:
    """What does each model say of each image?"""
    front.command("export", "r", "--softmax", "s.npz", "--force")
    select = front.study.models.select
    order = np.argsort(select.images)
    with np.load("s.npz") as stored:
        said = {name: stored[name].tolist() for name in stored}
    return {
        "export": said,
        "python": {name: array.tolist() for name, array in front.sweep.softmax_arrays().items()},
        "stack screen": {
            "trials": [member.name for member in front.study.models.members],
            "picture": select.images[order].tolist(),
            "true": select.labels[order].tolist(),
            "softmax": select.softmax[:, order].tolist(),
        },
    }


def confirmation(front: Front) -> Answers:
    """Which of the best windows are confirmed by new trainings?"""
    beside = confirmation_run(open_pool(front.run), 2, 5)
    for trial in beside.document.trials:
        finish(beside, trial, strength(trial))
    found = front.sweep.confirm(2, train=False)
    said = front.json("confirm", "r", "--top", 2, "--no-train")
    printed = front.command("confirm", "r", "--top", 2, "--no-train").out.splitlines()[0]
    frame = found.to_frame()
    words = {
        name: ", ".join(frame.loc[frame["standing"] == name, "window"]) or "none" for name in ("better", "worse")
    }
    expected = f"after Holm's correction better than whole images: {words['better']}; worse: {words['worse']}"
    return {"confirm": (said, printed), "python": (plain(found.to_dict()), expected)}


TABLE_QUESTIONS = [
    spec,
    windows_by_class,
    a_blend_by_class,
    predictions,
    importance,
    comparison,
    list_of_runs,
    history,
    softmax,
    # Last: it adds a run.
    confirmation,
]
