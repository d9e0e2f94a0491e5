"""infinity, which classifies single texts: the statement follows the claim without a boundary.

Its speed compares, as the token count does; its labels do not.
"""

import os
import sys

if __name__ == "__main__":
    os.environ["INFINITY_ANONYMOUS_USAGE_STATS"] = "0"  # before the import, which reads it
    os.environ["DO_NOT_TRACK"] = "1"
    import uvicorn
    from infinity_emb import EngineArgs, create_server  # type: ignore[import-not-found, unused-ignore]

    arguments = EngineArgs(
        model_name_or_path=sys.argv[1],
        served_model_name="stance",
        device="cpu",
        dtype=sys.argv[3],
        batch_size=64,
        model_warmup=False,  # it calls what transformers 5 no longer has; the load has a warm-up of its own
        bettertransformer=False,
        compile=False,
        trust_remote_code=False,
    )
    uvicorn.run(create_server(engine_args_list=[arguments]), port=int(sys.argv[2]), log_level="warning")
