"""What a labeler can do, without a widget: methods, limits, labels by hand, history, journal; observable."""
