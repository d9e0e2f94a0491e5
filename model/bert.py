"""A BERT checkpoint as a graph of OpenVINO operators, built from its configuration and weights alone.

No export and no cached copy: the folder stays the only truth, and the graph is there in a tenth of a second.
"""

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, PositiveFloat, PositiveInt, ValidationError

from data.errors import BadCheckpoint
from model.checkpoint import Checkpoint

if TYPE_CHECKING:
    import openvino

__all__ = ["bert_graph"]

MASKED = -30_000.0
"""Added to the attention score of padding: its weight is 0 in float32, and float16 still holds the number."""


class Architecture(BaseModel):
    """What `config.json` must say for the graph below to be the model."""

    model_type: Literal["bert"]
    hidden_act: Literal["gelu"]
    position_embedding_type: Literal["absolute"] = "absolute"
    is_decoder: Literal[False] = False
    add_cross_attention: Literal[False] = False
    hidden_size: PositiveInt
    num_hidden_layers: PositiveInt
    num_attention_heads: PositiveInt
    max_position_embeddings: PositiveInt
    layer_norm_eps: PositiveFloat


def bert_graph(checkpoint: Checkpoint) -> "openvino.Model":
    """Inputs token ids and type ids, int32, and mask, float32, each (rows, tokens) of any size; output the logits.

    Logits are (rows, labels) for the stance task, (rows, tokens, labels) for attribution. Raises BadCheckpoint where
    the architecture is another, or the weights are not those of this one: each is used exactly once.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    architecture = _architecture(checkpoint)
    file = checkpoint.folder / "model.safetensors"
    try:
        weights = load_file(file)
        graph = _Graph(architecture, weights).model(pooled=checkpoint.facts.task == "stance")
    except KeyError as error:
        raise BadCheckpoint(f"{file}: expected a tensor {error}, found none; {_CURE}") from None
    except (SafetensorError, TypeError, RuntimeError, OSError) as error:
        reason = str(error).strip().splitlines()[0]
        raise BadCheckpoint(f"{file}: its weights do not load ({reason}); put the original folder back") from None
    if weights:
        raise BadCheckpoint(f"{file}: expected no tensor {min(weights)!r} in a BERT model; {_CURE}")
    labels = graph.output(0).get_partial_shape()[-1]
    if labels != len(checkpoint.facts.labels):
        raise BadCheckpoint(
            f"{file}: expected a score for each of {len(checkpoint.facts.labels)} labels, found {labels}"
        )
    return graph


_CURE = "STANCE_ENGINE=torch runs what transformers knows (pip install 'stance-service[torch]')"


def _architecture(checkpoint: Checkpoint) -> Architecture:
    file = checkpoint.folder / "config.json"
    try:
        architecture = Architecture.model_validate_json(file.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadCheckpoint(f"{file}: {place}: {first['msg']}, found {first['input']!r:.60}; {_CURE}") from None
    if checkpoint.facts.max_tokens > architecture.max_position_embeddings:
        raise BadCheckpoint(
            f"{file}: expected positions for the checkpoint's {checkpoint.facts.max_tokens} tokens, "
            f"found {architecture.max_position_embeddings}; lower max_tokens in the recipe"
        )
    return architecture


class _Graph:
    """Draws the graph, taking each tensor out of `weights` as it is used."""

    def __init__(self, architecture: Architecture, weights: dict[str, NDArray[Any]]) -> None:
        import openvino
        from openvino import opset15

        self._openvino = openvino
        self._op = opset15
        self._architecture = architecture
        self._weights = weights

    def model(self, *, pooled: bool) -> "openvino.Model":
        op = self._op
        token_ids, type_ids = (op.parameter([-1, -1], np.int32, name=name) for name in ("token_ids", "type_ids"))
        mask = op.parameter([-1, -1], np.float32, name="mask")
        hidden = self._embedded(token_ids, type_ids)
        padding = op.multiply(op.subtract(op.constant(np.float32(1)), mask), op.constant(np.float32(MASKED)))
        bias = op.unsqueeze(padding, self._integers(1, 2))  # (rows, 1, 1, tokens): the same for every head and token
        layers = self._architecture.num_hidden_layers
        for layer in range(layers):
            # the head reads the first token alone: the last layer computes no other, a seventh of six layers' work
            asking = (
                op.gather(hidden, self._integers(0), self._integer(1)) if pooled and layer == layers - 1 else hidden
            )
            hidden = self._layer(asking, hidden, bias, f"bert.encoder.layer.{layer}")
        if pooled:
            first = op.squeeze(hidden, self._integer(1))
            hidden = op.tanh(self._dense(first, "bert.pooler.dense"))
        return self._openvino.Model([self._dense(hidden, "classifier")], [token_ids, type_ids, mask], "bert")

    def _embedded(self, token_ids: Any, type_ids: Any) -> Any:
        op = self._op
        tokens = op.gather(op.shape_of(token_ids), self._integer(1), self._integer(0))
        places = op.range(self._integer(0), tokens, self._integer(1), "i64")
        words, types, positions = (
            op.gather(self._tensor(f"bert.embeddings.{name}_embeddings.weight"), indices, self._integer(0))
            for name, indices in (("word", token_ids), ("token_type", type_ids), ("position", places))
        )
        return self._normalised(op.add(op.add(words, types), positions), "bert.embeddings.LayerNorm")

    def _layer(self, asking: Any, hidden: Any, bias: Any, name: str) -> Any:
        """The new states of the tokens `asking`, which look at all of `hidden`."""
        op = self._op
        mixed = self._attended(asking, hidden, bias, f"{name}.attention.self")
        attended = self._dense(mixed, f"{name}.attention.output.dense")
        hidden = self._normalised(op.add(attended, asking), f"{name}.attention.output.LayerNorm")
        widened = op.gelu(self._dense(hidden, f"{name}.intermediate.dense"), "erf")
        narrowed = self._dense(widened, f"{name}.output.dense")
        return self._normalised(op.add(narrowed, hidden), f"{name}.output.LayerNorm")

    def _attended(self, asking: Any, hidden: Any, bias: Any, name: str) -> Any:
        """(rows, tokens, hidden) as `asking`; in between (rows, heads, tokens, hidden / heads)."""
        op = self._op
        heads = self._architecture.num_attention_heads
        split = self._integers(0, 0, heads, self._architecture.hidden_size // heads)  # 0: the size that is there
        swap = self._integers(0, 2, 1, 3)
        query, key, value = (
            op.transpose(op.reshape(self._dense(states, f"{name}.{part}"), split, special_zero=True), swap)
            for part, states in (("query", asking), ("key", hidden), ("value", hidden))
        )
        mixed = op.scaled_dot_product_attention(query, key, value, bias)
        return op.reshape(op.transpose(mixed, swap), self._integers(0, 0, -1), special_zero=True)

    def _dense(self, inputs: Any, name: str) -> Any:
        product = self._op.matmul(inputs, self._tensor(f"{name}.weight"), transpose_a=False, transpose_b=True)
        return self._op.add(product, self._tensor(f"{name}.bias"))

    def _normalised(self, inputs: Any, name: str) -> Any:
        op = self._op
        scaled = op.mvn(inputs, self._integers(-1), True, self._architecture.layer_norm_eps, "inside_sqrt")
        return op.add(op.multiply(scaled, self._tensor(f"{name}.weight")), self._tensor(f"{name}.bias"))

    def _tensor(self, name: str) -> Any:
        return self._op.convert(self._op.constant(self._weights.pop(name)), "f32")

    def _integer(self, value: int) -> Any:
        return self._op.constant(np.int64(value))

    def _integers(self, *values: int) -> Any:
        return self._op.constant(np.array(values, dtype=np.int64))
