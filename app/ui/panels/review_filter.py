"""Which proposals are looked at, and in which order."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)

from app.core.document import Source
from app.core.review import Filter, Order, Span
from app.core.search import Search
from app.session.assembly import AppContext
from app.ui.panels.objects import SOURCES, swatch
from app.ui.words import marked, translate

MOST_PX = 999_999_999
ORDERS = {
    Order.CONFIDENCE: marked("Review", "surest first"),
    Order.DOUBT: marked("Review", "most doubtful first"),
    Order.STABILITY: marked("Review", "most stable first"),
    Order.SIZE: marked("Review", "largest first"),
    Order.DISAGREEMENT: marked("Review", "most unlike the old one first"),
    Order.LIKENESS: marked("Review", "most like the examples first"),
}


class Range(QWidget):
    """Two fields; nothing in one leaves that end open."""

    def __init__(self, name: str, most: float, step: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.least, self.most = QDoubleSpinBox(self), QDoubleSpinBox(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for field, words in ((self.least, self.tr("at least")), (self.most, self.tr("at most"))):
            field.setDecimals(2 if step < 1 else 0)
            field.setRange(0, most)
            field.setSingleStep(step)
            field.setSpecialValueText(self.tr("any"))
            field.setKeyboardTracking(False)
            field.setAccessibleName(f"{name}, {words}")
            field.setToolTip(words)
            field.setMinimumWidth(60)
            row.addWidget(field, 1)

    def put(self, span: Span) -> None:
        for field, value in ((self.least, span.least), (self.most, span.most)):
            with QSignalBlocker(field):
                field.setValue(value or 0)

    def span(self) -> Span:
        least, most = self.least.value(), self.most.value()
        if most and least > most:
            least, most = most, least
        return Span(least or None, most or None)


class FilterForm(QGroupBox):
    """Changes act at once; what is at hand stays if it may."""

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTitle(self.tr("Look at"))
        self._session = context.session
        self._queue = context.review
        self.label, self.source, self.order = QComboBox(self), QComboBox(self), QComboBox(self)
        self.score = Range(self.tr("Score"), 1, 0.05, self)
        self.iou = Range(self.tr("IoU with the old one"), 1, 0.05, self)
        self.area = Range(self.tr("Size in pixels"), MOST_PX, 100, self)
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(self.tr("colour:red, occluded, vehicle/"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._on_changed)
        self.count = QLabel(self)
        self.reset = QPushButton(self.tr("All"), self)
        self._lay_out()
        self._fill()
        for box in (self.label, self.source, self.order):
            box.activated.connect(self._on_changed)
        for each in (self.score, self.iou, self.area):
            each.least.valueChanged.connect(self._on_changed)
            each.most.valueChanged.connect(self._on_changed)
        self.reset.clicked.connect(lambda: self._queue.set_filter(Filter(), self._queue.order))
        self._session.folder_labels.changed.connect(self._fill)
        self._queue.changed.connect(self.refresh)

    def _lay_out(self) -> None:
        form = QFormLayout(self)
        form.setVerticalSpacing(5)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        for title, field in (
            (self.tr("Label"), self.label),
            (self.tr("Source"), self.source),
            (self.tr("Search"), self.search),
            (self.tr("Score"), self.score),
            (self.tr("Old IoU"), self.iou),
            (self.tr("Pixels"), self.area),
            (self.tr("Order"), self.order),
        ):
            form.addRow(title, field)
            field.setAccessibleName(title)
        row = QHBoxLayout()
        row.addWidget(self.count, 1)
        row.addWidget(self.reset)
        form.addRow(row)

    @Slot()
    def _fill(self) -> None:
        for box in (self.label, self.source, self.order):
            box.clear()
        self.label.addItem(self.tr("every label"), None)
        for label in self._session.labels:
            self.label.addItem(swatch(label.color), label.name, label.id)
        self.source.addItem(self.tr("every source"), None)
        for source, words in SOURCES.items():
            self.source.addItem(translate("Objects", words), source)
        for order, words in ORDERS.items():
            self.order.addItem(translate("Review", words), order)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show the queue's filter and how many it lets through."""
        chosen = self._queue.filter
        only = next(iter(chosen.labels)) if chosen.labels else None
        source = next(iter(chosen.sources)) if chosen.sources else None
        for box, value in ((self.label, only), (self.source, source), (self.order, self._order)):
            box.setCurrentIndex(max(0, box.findData(value)))
        self.score.put(chosen.predicted_iou)
        self.iou.put(chosen.old_iou)
        self.area.put(chosen.area_px)
        if self.search.text().strip() != chosen.search.text:
            with QSignalBlocker(self.search):
                self.search.setText(chosen.search.text)
        waiting = self._queue.progress.proposed
        text = self.tr("{0} of {1} waiting here").format(len(self._queue.ids), waiting)
        self.count.setText(text)
        self.reset.setEnabled(chosen != Filter())

    @property
    def _order(self) -> Order:
        return self._queue.order

    @Slot()
    def _on_changed(self) -> None:
        label, source = self.label.currentData(), self.source.currentData()
        chosen = Filter(
            labels=None if label is None else frozenset({label}),
            sources=None if source is None else frozenset({Source(source)}),
            predicted_iou=self.score.span(),
            old_iou=self.iou.span(),
            area_px=self.area.span(),
            search=Search.of(self.search.text(), self._session.labels),
        )
        self._queue.set_filter(chosen, Order(self.order.currentData()))
