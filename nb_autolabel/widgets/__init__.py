"""The live widgets; ipywidgets, anywidget and bqplot are imported when one is made."""
