"""Lists the calls of layers that a Keras model makes, those of the models inside it among them, in Keras's order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import keras

Tensor = Any


@dataclass(frozen=True)
class Output:
    """Stands for what a call gives.

    Attributes:
        call: the call's name; empty for the images.
        number: which of its outputs.
    """

    call: str
    number: int = 0


@dataclass(frozen=True)
class ModelCall:
    """One call of a layer, or of another operation.

    Attributes:
        name: unique among the model's calls: the layer's, after that of the model that it is in and a slash; a second
            call of it ends in ``~2``.
        layer: what is called.
        args, kwargs: what with, without ``training``; each tensor is an :class:`Output`.
    """

    name: str
    layer: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    @property
    def inputs(self) -> list[str]:
        """Names of the calls whose outputs it is given, in order."""
        given = keras.tree.flatten((self.args, self.kwargs))
        return [one.call for one in given if isinstance(one, Output)]

    def __call__(self, value_of: Callable[[Output], Tensor], *, training: bool) -> list[Tensor]:
        """Call the layer as Keras does in a model that is called with ``training``; return its outputs."""
        args, kwargs = keras.tree.map_structure(
            lambda one: value_of(one) if isinstance(one, Output) else one, (self.args, self.kwargs)
        )
        if isinstance(self.layer, keras.Layer):
            # Also where it takes none: layers within it ask for it.
            kwargs["training"] = training
        found: list[Tensor] = keras.tree.flatten(self.layer(*args, **kwargs))
        return found


def is_graph(model: Any) -> bool:
    """Whether a model says of itself which layers it calls, and how: Sequential, or functional."""
    return type(model) is keras.Sequential or "input_layers" in model.get_config()


def model_calls(model: Any) -> tuple[list[ModelCall], Output]:
    """Return the calls of a model of one input and one output, in Keras's order, and its output.

    Args:
        model: a built model for which :func:`is_graph`.
    """
    listed = _Listed()
    return listed.calls, listed.add(model, Output(""), "")


class _Listed:
    def __init__(self) -> None:
        self.calls: list[ModelCall] = []
        self._names: set[str] = set()

    def add(self, model: Any, image: Output, within: str) -> Output:
        """Add the calls of a model that is given an output; return what it gives."""
        if type(model) is keras.Sequential:
            model = keras.Model(model.inputs, model.outputs, name=model.name)
        # By the numbers of symbolic tensors, which are kept until all are known.
        stands_for: dict[int, Output] = {}
        kept: list[Any] = []

        def record(layer: Any, *args: Any, **kwargs: Any) -> Any:
            made = _Standing(layer)(*args, **kwargs)
            flat = keras.tree.flatten(made)
            if not kept:
                stands_for[id(next(_tensors(args, kwargs)))] = image
            kept.append((args, kwargs, flat))
            inlined = _is_inlined(layer, args, kwargs)
            given, named = keras.tree.map_structure(
                lambda one: stands_for[id(one)] if isinstance(one, keras.KerasTensor) else one, (args, kwargs)
            )
            if inlined:
                outputs = [self.add(layer, given[0], f"{within}{layer.name}/")]
            else:
                call = ModelCall(self._free(within + layer.name), layer, given, _asked(named))
                self.calls.append(call)
                outputs = [Output(call.name, number) for number in range(len(flat))]
            stands_for.update({id(one): output for one, output in zip(flat, outputs, strict=True)})
            return made

        again = keras.models.clone_model(model, clone_function=lambda layer: layer, call_function=record)
        return stands_for[id(again.outputs[0])] if kept else image

    def _free(self, name: str) -> str:
        free, times = name, 1
        while free in self._names:
            times += 1
            free = f"{name}~{times}"
        self._names.add(free)
        return free


class _Standing(keras.Operation):  # type: ignore[misc]
    """Stands for a layer in a graph that is only listed, so that the layer does not remember being called."""

    def __init__(self, layer: Any) -> None:
        super().__init__()
        self._layer = layer

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """Return symbolic tensors as the layer gives them."""
        return self._layer.compute_output_spec(*args, **kwargs)


def _tensors(*values: Any) -> Iterator[Any]:
    return (one for one in keras.tree.flatten(values) if isinstance(one, keras.KerasTensor))


def _asked(kwargs: dict[str, Any]) -> dict[str, Any]:
    """Return what a call is given by name, without what Keras sets itself: ``training``, and a mask that is none."""
    return {name: value for name, value in kwargs.items() if name != "training" and (name, value) != ("mask", None)}


def _is_inlined(layer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether a layer is a model of Keras's own kind, one tensor in and one out, whose calls can stand for it."""
    if not isinstance(layer, keras.Model) or not type(layer).__module__.startswith("keras.") or not is_graph(layer):
        return False
    if _asked(kwargs) or len(args) != 1 or layer.dtype_policy.compute_dtype != layer.dtype_policy.variable_dtype:
        return False
    try:
        given, found = layer.inputs, layer.outputs
    except AttributeError:
        # Sequential, called with what it was not built for.
        return False
    one = args[0]
    # Keras converts and reshapes what a model is given to what it was made for.
    return (
        len(given) == len(found) == 1
        and isinstance(one, keras.KerasTensor)
        and given[0].dtype == one.dtype == layer.compute_dtype
        and len(given[0].shape) == len(one.shape)
    )
