//! Answers that are only told of: the beginning of a body, and a redirect.

use reqwest::Response;

/// The first `cap` bytes of a body that is only wanted for an error's words.
pub async fn beginning(mut response: Response, cap: usize) -> Vec<u8> {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        let room = cap - body.len();
        body.extend(chunk.iter().take(room));
        if body.len() == cap {
            break;
        }
    }
    body
}

/// What a redirect means here: somebody else answered.
pub fn redirect_words(status: u16) -> String {
    format!(
        "answered {status}, a redirect, which is never followed: a proxy's sign-in page, or a wrong \
         address in the configuration"
    )
}
