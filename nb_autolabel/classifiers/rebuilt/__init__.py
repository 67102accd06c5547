"""Classifiers of ``.skops`` files, rebuilt as checked arrays and scored here; scikit-learn never sees the file."""
