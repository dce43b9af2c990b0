//! How the board is ordered.

/// What leads the order of the board; ties are broken by idle time, patient and case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    /// Longest idle first.
    Idle,
    /// By family and given name.
    Patient,
    /// By department and room.
    Department,
    /// Longest stay first.
    Admitted,
    /// Newest order first.
    Ordered,
    /// What the data cannot tell first, then what to chase, then what is overdue.
    State,
    /// Longest ago first.
    Performed,
    /// By the age of the order that was not performed, the oldest first.
    Waiting,
    /// By the name of the physician.
    Physician,
}

/// Which way a sort runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// As the sort says.
    Natural,
    /// The other way.
    Reversed,
}

impl Direction {
    pub(crate) const ALL: [Self; 2] = [Self::Natural, Self::Reversed];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Natural => "natural",
            Self::Reversed => "reversed",
        }
    }

    pub(crate) fn other(self) -> Self {
        match self {
            Self::Natural => Self::Reversed,
            Self::Reversed => Self::Natural,
        }
    }
}

impl Sort {
    pub(crate) const ALL: [Self; 9] = [
        Self::Idle,
        Self::Patient,
        Self::Department,
        Self::Admitted,
        Self::Ordered,
        Self::State,
        Self::Performed,
        Self::Waiting,
        Self::Physician,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Patient => "patient",
            Self::Department => "department",
            Self::Admitted => "admitted",
            Self::Ordered => "ordered",
            Self::State => "state",
            Self::Performed => "performed",
            Self::Waiting => "waiting",
            Self::Physician => "physician",
        }
    }
}
