"""Why a label: words that weigh, labelled cases nearby, thresholds for a stated precision, reliability."""
