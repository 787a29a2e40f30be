//! Steps: the server of the store, and its roles.

use cucumber::{given, when};

use crate::place::server;
use crate::world::AnnalsWorld;

#[given("the server has a role for the program")]
fn has_role(world: &mut AnnalsWorld) {
    let database = world.place().database();
    let role = format!("app_{database}");
    server()
        .sql(&database, &format!("CREATE ROLE {role} LOGIN"))
        .unwrap();
    world.program.role = Some(role);
}

#[when("everyone connects as that role")]
fn connects_as_role(world: &mut AnnalsWorld) {
    let database = world.place().database();
    let role = world.program.role.as_deref().expect("a role");
    world.program.elsewhere = Some(server().address(role, &database).into());
}

#[given(expr = "a superuser removes the event at position {int}")]
fn removes_event(world: &mut AnnalsWorld, position: u64) {
    let remove = format!(
        "SET session_replication_role = replica;
         DELETE FROM annals.events WHERE position = {position}"
    );
    server().sql(&world.place().database(), &remove).unwrap();
}
