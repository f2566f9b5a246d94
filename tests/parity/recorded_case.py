"""A case that the authors' implementation was recorded on, run by ours with their weights."""

import torch
from parity.reference import case_inputs, official_parts
from torch import Tensor, nn

LEVELS = ("c3", "c4", "c5")
SIZE = (80, 80)
# How far each quantity recorded from images and videos may be off, absolutely.
COMMON = (
    {"up": 1e-4, "sigm": 1e-5, "pred": 1e-5, "words_parse": 1e-5, "convlstm_out": 1e-5}
    | {f"up_{level}": 1e-5 for level in LEVELS}
    | {f"{part}_{level}": 1e-5 for part in ("mutan", "spagraph", "fusion") for level in LEVELS}
    | {f"exg_{level}{turn}": 1e-5 for level in LEVELS for turn in ("", "_2")}
    | {f"gv_{level}{turn}gv_f1": 1e-5 for level in LEVELS for turn in ("", "_2")}
)


class Case:
    """The recorded case, run once, with what passed between the parts under the authors' names."""

    def __init__(self, file: str) -> None:
        self.encoder, self.head = official_parts(file)
        self.levels, self.expression = case_inputs(file)
        self.found: dict[str, Tensor] = {}
        self._watch()
        with torch.no_grad():
            self.image = self.head.encode_image(self.head.on_grid(self.levels))
            self.segmentation = self.head.decode(self.image, self.encoder.encode([self.expression]))
        self.found |= {
            "up": self.segmentation.logits(SIZE),
            "sigm": self.segmentation.logits(SIZE).sigmoid(),
            "pred": self.segmentation.grid_logits,
            "words_parse": self.segmentation.word_types,
        }
        level_logits = self.segmentation.level_logits(SIZE)[0]
        self.found |= {f"up_{level}": level_logits[i] for i, level in enumerate(LEVELS)}

    def _watch(self) -> None:
        for name, level in self.head.levels.items():
            self._keep(level.perceive, f"mutan_{name}")
            self._keep(level.reason, f"spagraph_{name}")
            self._keep(level.output, f"fusion_{name}")
            if hasattr(level, "act"):
                self._keep(level.act.graph, f"tgraph_{name}")
                self._keep(level.act.context, f"tctx_{name}")
            for turn, exchange in zip(("", "_2"), self.head.exchanges, strict=True):
                self._keep_exchange(exchange.levels[name], f"{name}{turn}")
        self._keep(self.head.convlstm, "convlstm_out")

    def _keep(self, module: nn.Module, name: str) -> None:
        def keep(_: nn.Module, __: tuple[object, ...], output: Tensor | tuple[Tensor, ...]) -> None:
            self.found[name] = output if isinstance(output, Tensor) else output[0]

        module.register_forward_hook(keep)

    def _keep_exchange(self, module: nn.Module, name: str) -> None:
        def keep_sum(_: nn.Module, inputs: tuple[Tensor]) -> None:
            if inputs[0].dim() == 3:  # regions: recorded before they get unit length; the context has it
                self.found[f"exg_{name}"] = inputs[0]

        def keep_context(exchange: nn.Module, inputs: tuple[Tensor, list[Tensor], Tensor], _: Tensor) -> None:
            self.found[f"gv_{name}gv_f1"] = exchange.gather_context(inputs[0], inputs[2])

        module.unit.register_forward_pre_hook(keep_sum)
        module.register_forward_hook(keep_context)
