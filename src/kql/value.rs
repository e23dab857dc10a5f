//! The values and types of a table in memory.

use crate::clock::Tick;

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `string`: never null, a missing one is `""`.
    Text,
    /// `bool`, which the hunting API calls `SByte`.
    Bool,
    /// `long`.
    Long,
    /// `datetime`.
    Time,
    /// `real`, kept as JSON text.
    Real,
    /// `dynamic`, kept as JSON text.
    Dynamic,
}

impl Kind {
    /// The type's name in the schema of a Graph answer.
    pub const fn graph_name(self) -> &'static str {
        match self {
            Self::Text => "String",
            Self::Bool => "SByte",
            Self::Long => "Int64",
            Self::Time => "DateTime",
            Self::Real => "Double",
            Self::Dynamic => "Object",
        }
    }

    /// The type's name in KQL.
    pub const fn kql_name(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Bool => "bool",
            Self::Long => "long",
            Self::Time => "datetime",
            Self::Real => "real",
            Self::Dynamic => "dynamic",
        }
    }
}

/// One value. Ordered within a type, null first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value<'a> {
    /// No value; never of a string.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Long(i64),
    /// A point in time.
    Time(Tick),
    /// A string.
    Text(&'a str),
    /// A real or dynamic value, as JSON text.
    Json(&'a str),
}

impl Value<'_> {
    /// Whether `isempty` holds: null or `""`.
    pub fn is_empty(self) -> bool {
        matches!(self, Self::Null | Self::Text(""))
    }
}
