"""What crosses to another process: leases and probes by pickle, requests as JSON."""

import pickle

import numpy as np
import pytest
from pydantic import ValidationError

from xsample_tui.core.networks.network import article_network
from xsample_tui.core.run_state.requests import Request
from xsample_tui.core.training.lease import LeaseOrder
from xsample_tui.core.training.sweep_spec import Training
from xsample_tui.core.training.timing_probe import ProbeOrder
from xsample_tui.core.training.trial_plan import Trial

NETWORK = article_network((28, 28, 1), 10)
MASK = np.eye(28, dtype=bool)


def test_a_lease_reaches_the_worker_as_it_was_ordered() -> None:
    trial = Trial(name="keep-r00-c00", kind="keep", init_seed=1)
    order = LeaseOrder(NETWORK, Training(), 3, trial, MASK, 2, 5, state=b"bytes")
    there: LeaseOrder = pickle.loads(pickle.dumps(order))
    assert (there.network, there.training, there.trial, there.state) == (NETWORK, Training(), trial, b"bytes")
    assert np.array_equal(there.mask, MASK)


def test_a_probe_reaches_the_worker_as_it_was_ordered() -> None:
    there: ProbeOrder = pickle.loads(pickle.dumps(ProbeOrder(NETWORK, Training(), (MASK,), 256, 3, 1)))
    assert (there.network, there.images, there.rounds, there.threads) == (NETWORK, 256, 3, 1)
    assert np.array_equal(there.masks[0], MASK)


def test_a_request_survives_json_and_one_that_no_controller_knows_is_refused() -> None:
    request = Request(action="skip", trials=("keep-r00-c00",), sender="tests")
    assert Request.model_validate_json(request.model_dump_json()) == request
    for text in ('{"action": "explode"}', '{"action": "stop", "more": 1}'):
        with pytest.raises(ValidationError):
            Request.model_validate_json(text)
