"""The lease without TensorFlow, with softmax outputs that can be judged: one for each picture of both splits."""

from dataclasses import replace

from tests.stacking.sample import member_softmax
from tests.sweep import fake_lease
from xsample_tui.core.checkpoint import decode, encode
from xsample_tui.core.lease import AfterEpoch, DataSource, LeaseOrder, LeaseResult


def run(order: LeaseOrder, source: DataSource, after: AfterEpoch | None = None) -> LeaseResult:
    result = fake_lease.run(order, source, after)
    if result.stop_reason is None:
        return result
    assert result.state is not None
    dataset, split = source.open()
    softmax = {
        name: member_softmax(dataset.labels[at], dataset.classes, order.trial.name, name, strength=3.0)
        for name, at in {"select": split.select, "test": split.test}.items()
    }
    return replace(result, state=encode(replace(decode(result.state), softmax=softmax)))
