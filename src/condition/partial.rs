//! What evaluating comes to when numbers may be missing: not one outcome, but all that are possible.

/// A value, as far as it can be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PartialValue<T> {
    /// This one.
    Is(T),
    /// None: an overflow, or a division by zero.
    Failed,
    /// One that hangs on a number that is not known yet.
    Unknown,
    /// As `Unknown`, or none.
    Doubtful,
}

impl<T> PartialValue<T> {
    /// Both values.
    pub(super) fn and<U>(self, other: PartialValue<U>) -> PartialValue<(T, U)> {
        match (self, other) {
            (Self::Is(one), PartialValue::Is(other)) => PartialValue::Is((one, other)),
            (Self::Failed, _) | (_, PartialValue::Failed) => PartialValue::Failed,
            (Self::Doubtful, _) | (_, PartialValue::Doubtful) => PartialValue::Doubtful,
            _ => PartialValue::Unknown,
        }
    }

    /// A number made of it; `None` if there is no such number.
    pub(super) fn number(self, make: impl FnOnce(T) -> Option<i64>) -> PartialValue<i64> {
        match self {
            Self::Is(value) => make(value).map_or(PartialValue::Failed, PartialValue::Is),
            Self::Failed => PartialValue::Failed,
            Self::Unknown | Self::Doubtful => PartialValue::Doubtful,
        }
    }

    /// Whether it is as `test` says.
    pub(super) fn outcomes(self, test: impl FnOnce(T) -> bool) -> Outcomes {
        match self {
            Self::Is(value) => Outcomes::from(test(value)),
            Self::Failed => Outcomes::FAILS,
            Self::Unknown => Outcomes { fails: false, ..Outcomes::ANY },
            Self::Doubtful => Outcomes::ANY,
        }
    }
}

/// What a test can come to: exactly one of the three if it hangs on nothing unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outcomes {
    pub(super) holds: bool,
    pub(super) not: bool,
    pub(super) fails: bool,
}

impl From<bool> for Outcomes {
    fn from(holds: bool) -> Self {
        if holds { Self::HOLDS } else { Self::NOT }
    }
}

impl Outcomes {
    const ANY: Self = Self { holds: true, not: true, fails: true };
    const NONE: Self = Self { holds: false, not: false, fails: false };
    const HOLDS: Self = Self { holds: true, ..Self::NONE };
    const NOT: Self = Self { not: true, ..Self::NONE };
    const FAILS: Self = Self { fails: true, ..Self::NONE };

    pub(super) const fn negated(self) -> Self {
        Self { holds: self.not, not: self.holds, fails: self.fails }
    }

    /// Both hold. As in CEL what does not hold outweighs what fails, on either side.
    pub(super) fn and(self, other: impl FnOnce() -> Self) -> Self {
        if self == Self::NOT {
            return self;
        }
        let other = other();
        let settles = |one: Self| one.holds || one.fails;
        Self {
            holds: self.holds && other.holds,
            not: self.not || other.not,
            fails: (self.fails && settles(other)) || (other.fails && settles(self)),
        }
    }

    /// One of them holds, which outweighs that the other fails.
    pub(super) fn or(self, other: impl FnOnce() -> Self) -> Self {
        self.negated().and(|| other().negated()).negated()
    }

    /// Both hold, or neither does.
    pub(super) fn same(self, other: Self) -> Self {
        if self == Self::FAILS || other == Self::FAILS {
            return Self::FAILS;
        }
        Self {
            holds: (self.holds && other.holds) || (self.not && other.not),
            not: (self.holds && other.not) || (self.not && other.holds),
            fails: self.fails || other.fails,
        }
    }

    /// What the branches can come to of which this chooses one.
    pub(super) fn choose(self, yes: impl FnOnce() -> Self, no: impl FnOnce() -> Self) -> Self {
        let fails = if self.fails { Self::FAILS } else { Self::NONE };
        let yes = if self.holds { yes() } else { Self::NONE };
        let no = if self.not { no() } else { Self::NONE };
        [yes, no].into_iter().fold(fails, |all, more| Self {
            holds: all.holds || more.holds,
            not: all.not || more.not,
            fails: all.fails || more.fails,
        })
    }

    /// The value that it chooses, where that is certain.
    pub(super) fn pick<T>(
        self,
        yes: impl FnOnce() -> PartialValue<T>,
        no: impl FnOnce() -> PartialValue<T>,
    ) -> PartialValue<T> {
        match self {
            Self::HOLDS => yes(),
            Self::NOT => no(),
            Self::FAILS => PartialValue::Failed,
            _ => PartialValue::Doubtful,
        }
    }
}
