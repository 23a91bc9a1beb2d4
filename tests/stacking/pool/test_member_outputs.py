"""Members' outputs: their losses, and cuts of them."""

import numpy as np
import pytest

from tests.harness.finished_runs import made_outputs
from xsample_tui.core.training.epoch_metrics import errors, log_loss


def test_losses_without_a_fold_are_those_of_the_other_images() -> None:
    outputs = made_outputs()
    for fold, images in enumerate(outputs.folds):
        rest = np.delete(np.arange(200), images)
        expected = [log_loss(matrix[rest], outputs.labels[rest]) for matrix in outputs.softmax]
        assert outputs.losses(fold) == pytest.approx(expected)
    assert outputs.losses() == pytest.approx([log_loss(matrix, outputs.labels) for matrix in outputs.softmax])


def test_cuts_and_rests_share_out_the_images() -> None:
    outputs = made_outputs(3)
    members = np.array([2, 0])
    here, rest = outputs.cut(members, 1), outputs.rest(members, 1)
    assert here.shape == (2, 40, 4)
    assert rest.shape == (2, 160, 4)
    assert next(here.matrices()).tolist() == outputs.softmax[2, 40:80].tolist()
    assert rest.true[1].tolist() == np.delete(outputs.true[0], slice(40, 80)).tolist()
    assert here.correct.tolist() == (here.votes == here.labels).tolist()
    assert outputs.errors.tolist() == [errors(matrix, outputs.labels) for matrix in outputs.softmax]
