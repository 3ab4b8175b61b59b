"""The five-minute guide, and what this program is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

from app import __version__
from app.ui.words import marked, translate

STEPS = (
    (marked("Guide", "Open"),
     marked("Guide", "a folder of images: Ctrl+O, or drop it on the window. Masks are saved beside "
                     "the images as you go; there is nothing to remember.")),
    (marked("Guide", "Point"),
     marked("Guide", "at an object: what a click would give shows under the mouse. Click. Three "
                     "answers appear at the top right, from part to whole: 1, 2, 3 or Tab "
                     "choose.")),
    (marked("Guide", "Correct"),
     marked("Guide", "Left clicks add, right clicks take away, a drag makes a box. Marks can be "
                     "moved, and deleted with X over them. Ctrl+Z takes back one click at a "
                     "time.")),
    (marked("Guide", "Zoom in"),
     marked("Guide", "on small things with the wheel: the model looks closer, too, and finds them "
                     "better. The status bar says “close-up” then.")),
    (marked("Guide", "Finish the edge"),
     marked("Guide", "where needed: B brush, E eraser, P polygon, [ and ] for the size. Q goes "
                     "back to clicking.")),
    (marked("Guide", "Accept"),
     marked("Guide", "with Enter or Space. The tool stays in hand and the label stays: go on with "
                     "the next object. Esc drops the mask.")),
    (marked("Guide", "Label"),
     marked("Guide", "with 1 to 9 while no answers are open. New labels: Ctrl+N. The label "
                     "“object” is enough where classes do not matter.")),
    (marked("Guide", "Correct later"),
     marked("Guide", "V selects an object, S goes on clicking where its mask stands, Del deletes "
                     "it.")),
    (marked("Guide", "Go on"),
     marked("Guide", "D and A change the image, N says it is done, X skips it. The next image is "
                     "being prepared meanwhile.")),
    (marked("Guide", "Export"),
     marked("Guide", "with Ctrl+E: one COCO file with every mask, pixel for pixel.")),
)  # fmt: skip


class TextDialog(QDialog):
    """Words to read, and a button to close them."""

    def __init__(self, title: str, html: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.text = QTextBrowser(self)
        self.text.setHtml(html)
        self.text.setOpenExternalLinks(True)
        self.text.setAccessibleName(title)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.close)
        layout = QVBoxLayout(self)
        layout.addWidget(self.text)
        layout.addWidget(buttons)


def guide(parent: QWidget | None = None) -> TextDialog:
    """The way from a folder to a file of masks."""
    rows = "".join(
        f"<li style='margin-bottom:9px'><b>{translate('Guide', head)}</b> "
        f"{translate('Guide', rest)}</li>"
        for head, rest in STEPS
    )
    dialog = TextDialog(translate("Guide", "Five-minute guide"), f"<ol>{rows}</ol>", parent)
    dialog.resize(620, 560)
    return dialog


def about(parent: QWidget | None = None) -> TextDialog:
    """Version, licence, credits."""
    lines = (
        f"<h2>Maskwright {__version__}</h2>",
        translate("Guide", "Labels image masks by clicking, with the Segment Anything Model."),
        translate("Guide", "Licence: Apache-2.0. Nothing you open leaves this computer."),
        translate("Guide", "After: Kirillov et al., “Segment Anything”, 2023. Made with Qt, NumPy, "
                           "PyTorch and ONNX Runtime."),
    )  # fmt: skip
    html = "".join(f"<p>{line}</p>" for line in lines)
    dialog = TextDialog(translate("Guide", "About Maskwright"), html, parent)
    dialog.resize(460, 280)
    return dialog
