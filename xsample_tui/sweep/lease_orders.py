"""Creates the leases that are sent to workers."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from ..core.networks.keras_network import KerasNetwork
from ..core.training.checkpoint_format import encode
from ..core.training.early_stopping import initial_state
from ..core.training.lease import LeaseOrder
from ..core.training.trial_state import TrialState
from ..store.run.run_folder import RunFolder
from .slot_assignment import SlotAssignment

# A lease that heeds requests lasts from one commit to the next, but a request that gets lost must not cost more.
LEASE_SECONDS = 60.0
UNSTEADY = "network: not deterministic"


class LeaseOrders:
    """Writes the orders of one run's leases.

    Args:
        run: the run.
        drifted: fingerprint differences for every state committed to name.
        limit: returns after how many epochs a trial waits or has ended.
    """

    def __init__(self, run: RunFolder, drifted: tuple[str, ...], limit: Callable[[str], int]) -> None:
        self._limit = limit
        self._spec = run.spec
        self._network = run.network
        self._run = run
        # Also once nothing is parked any more: what a trial has measured is part of its digest.
        self._measure_stop = len(run.plan.split.stop) > 0
        # States of a network that gives other bits every time are marked, as those of other machines.
        unsteady = isinstance(self._network, KerasNetwork) and not self._network.deterministic
        self._drifted = (*drifted, *([UNSTEADY] if unsteady else []))
        self._initial = run.initial

    def epochs(self, assignment: SlotAssignment) -> int:
        """Return how many epochs the next lease has: one, or up to the next commit where a lease heeds requests.

        It ends where the trial is to wait.
        """
        if not assignment.slot.heeds or not assignment.epoch_seconds:
            return 1
        seconds = min(self._spec.machine.checkpoint_seconds, LEASE_SECONDS)
        most = self._limit(str(assignment.trial)) - assignment.epoch
        return max(1, min(math.ceil(seconds / assignment.epoch_seconds), most))

    def _given(self, assignment: SlotAssignment) -> bytes | None:
        """Return the state that brings a trial's initial weights, where they are not drawn."""
        if self._initial is None or assignment.epoch or assignment.trial is None:
            return None
        stopping = initial_state(self._spec.training.stopping, assignment.carried)
        return encode(TrialState(assignment.trial, 0, self._initial, {}, stopping))

    def order(self, assignment: SlotAssignment, *, epochs: int, last: bool) -> LeaseOrder:
        """Return the order of a slot's next lease.

        Args:
            assignment: the slot, with its trial.
            epochs: how many epochs to train; 0 only fetches the state.
            last: whether the trial is to rest afterwards, so that its state is wanted.
        """
        assert assignment.trial is not None
        # Windows join it while the run is trained.
        machine, plan = self._spec.machine, self._run.plan
        ended = time.monotonic() + epochs * assignment.epoch_seconds
        due = ended - assignment.committed_at >= machine.checkpoint_seconds
        due = due or assignment.epoch + epochs >= self._limit(assignment.trial)
        return LeaseOrder(
            network=self._network,
            training=self._spec.training,
            seed=self._spec.seed,
            trial=next(trial for trial in plan.trials if trial.name == assignment.trial),
            mask=plan.mask(assignment.trial),
            epoch=assignment.epoch,
            epochs=epochs,
            state=None if assignment.warm else assignment.state or self._given(assignment),
            want_state=epochs == 0 or due or last or assignment.skip or assignment.forgot,
            carried=assignment.carried,
            threads=machine.threads,
            drifted=(*self._drifted, *assignment.slot.drifted),
            measure_stop=self._measure_stop,
        )
