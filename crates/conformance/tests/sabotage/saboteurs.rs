//! The macro behind the tables of saboteurs: the laws that each must break, and no others.

/// Defines one test per saboteur, and a function that returns all laws that a saboteur breaks.
macro_rules! saboteurs {
    (
        $broken_by:ident, $all:ident;
        $($test:ident: $module:ident::$saboteur:ident => [$($law:ident),* $(,)?];)*
    ) => {
        $(
            #[test]
            fn $test() {
                let expected = std::collections::BTreeSet::from([$(stringify!($law)),*]);
                assert_eq!($broken_by::<$module::$saboteur>(), expected);
            }
        )*

        fn $all() -> std::collections::BTreeSet<&'static str> {
            std::collections::BTreeSet::from([$($(stringify!($law),)*)*])
        }
    };
}
pub(crate) use saboteurs;
