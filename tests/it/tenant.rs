//! The simulated tenant over real HTTP.
