//! Without a window: the page is served for a browser.

use std::process::ExitCode;

use dragoman_hub::program::stop;

use crate::household::Household;

/// Serves until asked to end.
pub(crate) async fn run(household: &Household) -> ExitCode {
    match household.sign_in_link().await {
        Ok(Some(link)) => {
            println!("{link}");
            eprintln!("Open the link within ten minutes; it signs in one browser, once. Ctrl-C ends the program.");
            stop::asked().await;
            ExitCode::SUCCESS
        }
        Ok(None) => {
            eprintln!("another process serves this home already: use the link it gave");
            ExitCode::FAILURE
        }
        Err(problem) => {
            eprintln!("error ({}): {}", problem.code.word(), problem.message);
            ExitCode::FAILURE
        }
    }
}
