"""What computes: OpenVINO on a CPU, PyTorch on a GPU or for an architecture that only transformers knows."""

import os
import shutil
import sys
from importlib.util import find_spec
from typing import Any, Literal, Protocol, get_args

import numpy as np
from numpy.typing import NDArray

from data.errors import BadCheckpoint, BadInput, MissingExtra
from model.bert import bert_graph
from model.checkpoint import Checkpoint

__all__ = ["Engine", "EngineName", "OpenVino", "Torch", "open_engine"]

EngineName = Literal["openvino", "openvino-f32", "torch"]
"""`openvino` computes in what the processor does fastest, bfloat16 where it can; `openvino-f32` in float32 anywhere."""


class Engine(Protocol):
    """A checkpoint's encoder with its head, ready to compute. Any thread may call it at any time.

    `name` says what computes and in which precision, as `/v1/info` shows it.
    """

    name: str

    def __call__(self, inputs: NDArray[np.int32]) -> NDArray[np.float32]:
        """Logits of `inputs` (3, rows, tokens): token ids, type ids, and a mask that is 0 for padding."""
        ...


def open_engine(checkpoint: Checkpoint, name: EngineName | None = None) -> Engine:
    """The engine `name`, else the one in STANCE_ENGINE, else the best one here; raises BadCheckpoint, MissingExtra."""
    chosen = name or os.environ.get("STANCE_ENGINE")
    if chosen == "torch" or (not chosen and _has_gpu()):
        return Torch(checkpoint)
    if not chosen:
        try:
            return OpenVino(checkpoint)
        except BadCheckpoint:
            if not _has_torch():
                raise
            return Torch(checkpoint)
    if chosen not in get_args(EngineName):
        raise BadInput(f"STANCE_ENGINE: expected one of {', '.join(get_args(EngineName))}, found {chosen!r}")
    return OpenVino(checkpoint, precision="f32" if chosen == "openvino-f32" else None)


class OpenVino:
    """BERT on the CPU. Calls from several threads are computed one after another, each on all of the cores."""

    def __init__(self, checkpoint: Checkpoint, *, precision: Literal["f32"] | None = None) -> None:
        # `import openvino` would load its converter, which reports every import to a server
        sys.modules.setdefault("openvino.tools.ovc", None)  # type: ignore[arg-type]
        import openvino

        options: dict[str, Any] = {
            "PERFORMANCE_HINT": "LATENCY",  # one request at a time on all cores
            "ENABLE_CPU_PINNING": False,  # pinned workers of a server would share the first cores
            "INFERENCE_NUM_THREADS": int(os.environ.get("OMP_NUM_THREADS") or 0),  # 0: every core
        }
        if precision:
            options["INFERENCE_PRECISION_HINT"] = precision
        self._compiled = openvino.Core().compile_model(bert_graph(checkpoint), "CPU", options)
        self.name = f"openvino {self._compiled.get_property('INFERENCE_PRECISION_HINT').to_string()}"

    def __call__(self, inputs: NDArray[np.int32]) -> NDArray[np.float32]:
        """See Engine."""
        token_ids, type_ids, mask = inputs
        request = self._compiled.create_infer_request()  # a request is not to be shared between threads
        request.infer([token_ids, type_ids, mask.astype(np.float32)])
        logits: NDArray[np.float32] = np.array(request.get_output_tensor(0).data, dtype=np.float32)
        return logits


class Torch:
    """Whatever encoder transformers knows, in float32, on a GPU where there is one."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        if not _has_torch():
            raise MissingExtra("running on PyTorch needs the extra: pip install 'stance-service[torch]'")
        import torch
        from safetensors import SafetensorError
        from transformers import AutoModelForSequenceClassification, AutoModelForTokenClassification
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        heads = {"stance": AutoModelForSequenceClassification, "attribution": AutoModelForTokenClassification}
        head: Any = heads[checkpoint.facts.task]
        try:
            model = head.from_pretrained(
                checkpoint.folder,
                dtype=torch.float32,
                local_files_only=True,
                use_safetensors=True,
                trust_remote_code=False,
            )
        except (OSError, ValueError, RuntimeError, SafetensorError) as error:
            reason = str(error).strip().splitlines()[0]
            raise BadCheckpoint(
                f"{checkpoint.folder}: its weights do not load ({reason}); put the original folder back"
            ) from None
        self._torch = torch
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._model = model.to(self._device).eval()
        self.name = f"torch f32 {self._device.type}"

    def __call__(self, inputs: NDArray[np.int32]) -> NDArray[np.float32]:
        """See Engine."""
        torch = self._torch
        token_ids, type_ids, mask = torch.from_numpy(inputs).to(self._device)
        with torch.inference_mode():
            logits = self._model(input_ids=token_ids, token_type_ids=type_ids, attention_mask=mask).logits
        result: NDArray[np.float32] = logits.float().cpu().numpy()
        return result


def _has_torch() -> bool:
    return find_spec("torch") is not None and find_spec("transformers") is not None


def _has_gpu() -> bool:
    """Whether PyTorch can compute on a GPU here; it is only asked, at some seconds, where a driver is installed."""
    if not (_has_torch() and shutil.which("nvidia-smi")):
        return False
    import torch

    return torch.cuda.is_available()
