//! The house rules that a compiler does not check: floors, circles, sizes, names, and what lies where.

mod circles;
mod floors;
mod form;
mod graph;
mod names;
mod resolve;
mod sizes;
mod source;
