//! The sample: programs find in it what a digest has, so that templates can be tried with it.

use clickwarden::click::Text;
use clickwarden::clock::MINUTE;
use clickwarden::message::{sample, sample_alert};
use serde_json::Value;

use crate::alerting::{Post, SOC, monday, through};
use crate::told;

/// Fails where one has a key that the other has not.
fn assert_same_shape(place: &str, sample: &Value, digest: &Value) {
    match (sample, digest) {
        (Value::Object(sample), Value::Object(digest)) => {
            let keys = |object: &serde_json::Map<String, Value>| {
                object.keys().cloned().collect::<Vec<_>>()
            };
            assert_eq!(keys(sample), keys(digest), "{place}");
            for (key, value) in sample {
                assert_same_shape(&format!("{place}.{key}"), value, &digest[key]);
            }
        }
        (Value::Array(sample), Value::Array(digest)) => {
            if let (Some(sample), Some(digest)) = (sample.first(), digest.first()) {
                assert_same_shape(&format!("{place}[]"), sample, digest);
            }
        }
        (sample, digest) => {
            let kind = |value: &Value| std::mem::discriminant(value);
            assert_eq!(kind(sample), kind(digest), "{place}: {sample}, {digest}");
        }
    }
}

#[test]
fn it_has_the_shape_of_a_digest() {
    let digest = told::real().data;
    for table in ["rows", "users_at_risk", "repeat_users", "corrections"] {
        assert!(!digest[table].as_array().unwrap().is_empty(), "{table}");
    }
    assert_same_shape("data", &sample().data, &digest);
}

#[test]
fn its_alert_has_the_shape_of_an_alert() {
    let mut post = Post::new(&["contoso"], SOC);
    let at = monday().plus(-MINUTE);
    let row = through(at, "ann", "https://evil.example/", "ClickBlocked");
    post.bring("contoso", &[row.with(Text::ThreatTypes, "Phish")]);
    post.settle();
    assert_same_shape("data", &sample_alert().data, &post.posted()[0].content.data);
}
