package indicator

// unmeasured is the evidence key of entries without a published figure.
const unmeasured = "NONE"
