"""A table of figures: masks, seconds, clicks and overlaps in groups."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from PySide6.QtCore import QLocale, QSize, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from app.core.statistics import Group
from app.ui.words import marked, translate

ROW = QSize(0, 24)
"""Tall enough for every script."""
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter

OWN_NAMES = (
    marked("Figures", "all"),
    marked("Figures", "assisted-manual"),
    marked("Figures", "semi-automatic"),
    marked("Figures", "automatic"),
    marked("Figures", "manual"),
    marked("Figures", "smart"),
    marked("Figures", "imported"),
    marked("Figures", "small"),
    marked("Figures", "medium"),
    marked("Figures", "large"),
)
"""Of groups that are no labels and no days."""


class Figures(QTreeWidget):
    """Headings, and below each its groups."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Figures"))
        self.setHeaderLabels(
            [
                self.tr("Group"),
                self.tr("Masks"),
                self.tr("Images"),
                self.tr("Per image"),
                self.tr("Seconds"),
                self.tr("Clicks"),
                self.tr("Mean IoU"),
                "> 0.9",
                "> 0.75",
            ]
        )
        header = self.headerItem()
        if header is not None:
            header.setToolTip(4, self.tr("Median of the seconds of work on a mask"))
            header.setToolTip(5, self.tr("Mean, over masks that a person made"))
            header.setToolTip(6, self.tr("Of what the model proposed and what was accepted"))
            for column in range(1, self.columnCount()):
                header.setTextAlignment(column, Qt.AlignmentFlag.AlignRight)
        self.setAlternatingRowColors(True)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.header().setStretchLastSection(False)

    @staticmethod
    def worded(groups: Iterable[Group]) -> list[Group]:
        """Groups that have names of the program's own, in the language of the window."""
        return [
            replace(each, name=translate("Figures", each.name)) if each.name in OWN_NAMES else each
            for each in groups
        ]

    def put(self, tables: Iterable[tuple[str, Iterable[Group]]]) -> None:
        """Show these headings with their groups; those without groups are left out."""
        self.clear()
        for title, groups in tables:
            members = list(groups)
            if not members:
                continue
            heading = QTreeWidgetItem(self, [title])
            font = QFont(self.font())
            font.setBold(True)
            heading.setFont(0, font)
            heading.setFirstColumnSpanned(True)
            heading.setSizeHint(0, ROW)
            for each in members:
                row = QTreeWidgetItem(heading, _cells(each))
                for column in range(1, self.columnCount()):
                    row.setTextAlignment(column, RIGHT)
        self.expandAll()


def _cells(each: Group) -> list[str]:
    number, ious = QLocale().toString, each.ious
    known = (f"{ious.mean:.3f}", f"{ious.above_good:.0%}", f"{ious.above_fair:.0%}")
    return [
        each.name,
        number(each.masks),
        number(each.images),
        f"{each.per_image:.1f}",
        "" if each.seconds is None else f"{each.seconds:.1f}",
        "" if each.clicks is None else f"{each.clicks:.1f}",
        *(known if ious.count else ("", "", "")),
    ]
