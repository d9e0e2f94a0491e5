"""What the encoder makes of a pair, before its head: points that lie close together where pairs are alike."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from data.records import Pair
from model.bert import bert_graph
from model.checkpoint import Checkpoint
from model.encoding import encode_pairs
from model.runtime import batches

if TYPE_CHECKING:
    import openvino

__all__ = ["embed"]


def embed(checkpoint: Checkpoint, pairs: Sequence[Pair]) -> NDArray[np.float32]:
    """A stance checkpoint's last hidden states, averaged over each pair's tokens and of length 1: (pairs, hidden).

    Raises BadCheckpoint for an encoder that is no BERT.
    """
    compute = _compiled(checkpoint)
    rows = encode_pairs(checkpoint.tokenizer, pairs, max_tokens=checkpoint.facts.max_tokens)
    points = np.empty((len(rows), compute.output(0).get_partial_shape()[2].get_length()), dtype=np.float32)
    for width, batch in batches([len(row.token_ids) for row in rows]):
        inputs = np.zeros((3, len(batch), width), dtype=np.int32)
        for place, index in enumerate(batch):
            length = len(rows[index].token_ids)
            inputs[:, place, :length] = rows[index].token_ids, rows[index].type_ids, np.ones(length)
        token_ids, type_ids, mask = inputs
        hidden = compute([token_ids, type_ids, mask.astype(np.float32)])[0]
        sums = (hidden * mask[:, :, None]).sum(axis=1)  # as good as the mean, once its length is 1
        points[batch] = sums / np.linalg.norm(sums, axis=1, keepdims=True)
    return points


def _compiled(checkpoint: Checkpoint) -> "openvino.CompiledModel":
    """The checkpoint's graph up to its last hidden states (rows, tokens, hidden)."""
    # `import openvino` would load its converter, which reports every import to a server
    sys.modules.setdefault("openvino.tools.ovc", None)  # type: ignore[arg-type]
    import openvino

    graph = bert_graph(checkpoint)
    # the head begins where the first token is gathered from the hidden states: the last gather of all
    *_, pooling = (node for node in graph.get_ordered_ops() if node.get_type_name() == "Gather")
    inputs = [graph.input(name).get_node() for name in ("token_ids", "type_ids", "mask")]
    trunk = openvino.Model([pooling.input_value(0)], inputs, "encoder")
    return openvino.Core().compile_model(trunk, "CPU", {"PERFORMANCE_HINT": "LATENCY"})
